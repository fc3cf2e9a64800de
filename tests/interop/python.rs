//! Programs around packages from PyPI: installed by name into an environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::run;

/// A script and the environment that it runs in.
pub struct PythonProgram {
    python: PathBuf,
    script: PathBuf,
}

impl PythonProgram {
    /// Installs a version of a package for `script` of `tests/interop/python`.
    pub fn install(package: &str, version: &str, script: &str) -> Self {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment));
        let python = environment.join("bin/python");
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .arg("--disable-pip-version-check")
            .arg(format!("{package}=={version}")));
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/python");
        PythonProgram {
            python,
            script: scripts.join(script),
        }
    }

    /// How to run it.
    pub fn command(&self) -> Command {
        let mut python = Command::new(&self.python);
        python.arg("-u").arg(&self.script);
        python
    }
}
