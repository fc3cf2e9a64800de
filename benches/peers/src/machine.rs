//! The machine that the figures come from.

use std::process::Command;
use std::{fs, thread};

/// The processor's own description.
pub fn name() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpus.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(": "))
            .map_or("unknown", |(_, value)| value)
            .trim()
    };
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let (model, family, number) = (field("model name"), field("cpu family"), field("model\t"));
    format!("{cores} cores of {model} (family {family}, model {number}), a virtual machine")
}

pub fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().into()
}
