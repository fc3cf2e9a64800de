//! Programs around packages from PyPI: installed by name into an environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{has_installed, is_installed, run};

/// A script and the environment that it runs in.
pub struct PythonProgram {
    python: PathBuf,
    script: PathBuf,
}

impl PythonProgram {
    /// Installs a version of a package for `script` of `tests/interop/python`.
    pub fn install(package: &str, version: &str, script: &str) -> Self {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
        let python = environment.join("bin/python");
        let requirement = format!("{package}=={version}");
        if !is_installed(&environment, &requirement) {
            run(Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment));
            run(Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--no-input"])
                .arg("--disable-pip-version-check")
                .arg(&requirement));
            has_installed(&environment, &requirement);
        }
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
