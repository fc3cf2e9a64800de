//! What has a phrase and cannot be read is counted and said, never passed over.

mod phrases;
mod values;

use crate::run::output;

/// The report, and the exit code.
pub fn report(log: &str) -> (String, Option<i32>) {
    let output = output(&[], log.as_bytes());
    let out = String::from_utf8(output.stdout).unwrap();
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    (flat, output.status.code())
}
