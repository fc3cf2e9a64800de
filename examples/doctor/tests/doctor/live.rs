//! `--follow`: each failure immediately, and the report when the user has seen enough.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

const LINE: &str =
    r#"{"time":"2026-04-23T09:00:01+08:00","msg":"【handler】token is empty","uid":"alice"}"#;

#[test]
fn failures_are_printed_as_they_come_and_an_interrupt_prints_the_report() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wukongim-doctor"))
        .args(["--follow", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..2 {
        writeln!(stdin, "{LINE}").unwrap();
        let mut line = String::new();
        // Blocks forever if it is not flushed.
        out.read_line(&mut line).unwrap();
        assert!(
            line.starts_with("2026-04-23 01:00:01Z  empty_token  uid=\"alice\""),
            "{line}"
        );
    }
    // Stdin stays open.
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let mut report = String::new();
    out.read_to_string(&mut report).unwrap();
    assert!(report.starts_with("2 failed checks, 2 lines"), "{report}");
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
