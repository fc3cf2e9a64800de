//! Programs around npm packages: installed by name, bundled like a web application (that is what
//! the packages are made for), run by node.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{has_installed, is_installed, run};

/// Turns an application into one file that node runs.
const BUNDLER: &str = "esbuild@0.25.0";

/// A WebSocket with the browser's interface.
const WEBSOCKET: &str = "ws@8.18.0";

/// A bundled program, in a directory of its own.
pub struct NodeProgram {
    directory: PathBuf,
}

impl NodeProgram {
    /// Installs a version of a package, and bundles `script` of `tests/interop/js` with it.
    pub fn build(package: &str, version: &str, script: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
        let packages = [&format!("{package}@{version}"), WEBSOCKET, BUNDLER];
        if !is_installed(&directory, &packages.join(" ")) {
            let _ = std::fs::remove_dir_all(&directory);
            std::fs::create_dir_all(&directory).unwrap();
            run(Command::new("npm")
                .args(["install", "--no-save", "--no-package-lock"])
                .args(["--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
                .arg(&directory)
                .args(packages)
                .current_dir(&directory));
            has_installed(&directory, &packages.join(" "));
        }
        let program = NodeProgram { directory };
        let directory = &program.directory;
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/js");
        let mut outfile = std::ffi::OsString::from("--outfile=");
        outfile.push(program.bundle());
        run(Command::new(directory.join("node_modules/.bin/esbuild"))
            .arg(scripts.join(script))
            .args(["--bundle", "--platform=node", "--log-level=warning"])
            .arg(format!("--alias:wukong-sdk={package}"))
            .arg(outfile)
            .env("NODE_PATH", directory.join("node_modules"))
            .current_dir(directory));
        program
    }

    /// How to run it.
    pub fn command(&self) -> Command {
        let mut node = Command::new("node");
        node.arg(self.bundle());
        node
    }

    fn bundle(&self) -> PathBuf {
        self.directory.join("bundle.cjs")
    }
}
