//! Programs around crates: packages of their own, so that nothing here depends on an SDK.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::run;

/// A built program.
pub struct RustProgram {
    executable: PathBuf,
}

impl RustProgram {
    /// Builds a package of `tests/interop`.
    pub fn build(package: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let directory = root.join("tests/interop").join(package);
        let messages = run(Command::new(env!("CARGO"))
            .args(["build", "--locked", "--quiet", "--message-format=json"])
            .arg("--target-dir")
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join(package))
            .current_dir(directory));
        let built = messages.lines().find_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            Some(PathBuf::from(message["executable"].as_str()?))
        });
        RustProgram {
            executable: built.expect("cargo names the executable"),
        }
    }

    /// How to run it.
    pub fn command(&self) -> Command {
        Command::new(&self.executable)
    }
}
