//! Runs the doctor.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The standard output for a log on stdin. Fails unless everything was read and stderr is empty.
pub fn doctor(arguments: &[&str], log: &[u8]) -> String {
    let output = output(arguments, log);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{errors}");
    assert_eq!(errors, "", "progress is for terminals");
    String::from_utf8(output.stdout).expect("UTF-8 whatever the log is")
}

/// The objects of `--json` for a log on stdin.
pub fn objects(arguments: &[&str], log: &str) -> Vec<Value> {
    let arguments = [&["--json"], arguments].concat();
    let out = doctor(&arguments, log.as_bytes());
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The only object for a log of one line.
pub fn object(arguments: &[&str], line: &str) -> Value {
    let mut objects = objects(arguments, line);
    assert_eq!(objects.len(), 1, "{line}");
    objects.remove(0)
}

/// `cause`, or `candidates` joined by blanks, or `not the token: …`.
pub fn finding(object: &Value) -> String {
    let text = |name: &str| object[name].as_str().map(str::to_owned);
    let candidates = || {
        let all = object["candidates"].as_array()?;
        assert!(!object["reason"].as_str().unwrap().is_empty(), "a reason");
        let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
        Some(format!("? {}", all.join(" ")))
    };
    assert!(object["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
    let elsewhere = || Some(format!("not the token: {}", text("notTheToken")?));
    text("cause")
        .or_else(candidates)
        .or_else(elsewhere)
        .unwrap()
}

pub fn output(arguments: &[&str], log: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wukongim-doctor"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the doctor starts");
    let mut stdin = child.stdin.take().unwrap();
    let log = log.to_vec();
    let writer = std::thread::spawn(move || {
        // A doctor that does not read its input has failed, and its exit code says so.
        let _ = stdin.write_all(&log);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Runs a tool on bytes. Where it is missing, that is a failure if CI says so.
pub fn tool(name: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            assert!(
                std::env::var_os("REQUIRE_TOOLS").is_none(),
                "{name}: {error}"
            );
            eprintln!("SKIPPED: there is no {name}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{name} {arguments:?}");
    Some(output.stdout)
}
