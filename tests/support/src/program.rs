//! Programs of the workspace. They are built here, since `cargo test --test …` builds none of another
//! package, and one that lies there may be an old one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::Value;

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().join(path)
}

/// The program of the package of this name.
pub fn program(package: &str) -> PathBuf {
    // In the tests of that very package: what cargo has built for them.
    match std::env::var_os(format!("CARGO_BIN_EXE_{package}")) {
        Some(path) => path.into(),
        None => built(package, "bin", package),
    }
}

/// An example of the library's own package.
pub fn example(name: &str) -> PathBuf {
    built("wukongim-auth", "example", name)
}

fn built(package: &str, kind: &str, name: &str) -> PathBuf {
    static BUILT: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let path = built.entry(name.to_owned());
    path.or_insert_with(|| build(package, kind, name)).clone()
}

fn build(package: &str, kind: &str, name: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(repository(""));
    cargo.args(["build", "--quiet", "--message-format=json"]);
    cargo.args(["--package", package, &format!("--{kind}"), name]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    // What cargo tells this test about itself would make build scripts run again, here and
    // then in the next `cargo test`.
    for (name, _) in std::env::vars_os() {
        let is_told = |prefix: &str| name.as_encoded_bytes().starts_with(prefix.as_bytes());
        if is_told("CARGO_PKG_") || is_told("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let output = cargo.stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "{name} does not build");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap();
        let is_it = message["target"]["name"] == name;
        is_it.then(|| message["executable"].as_str().map(PathBuf::from))?
    };
    let path = messages.lines().find_map(executable);
    path.expect("cargo names the executable")
}
