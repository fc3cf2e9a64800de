//! `examples/inspect` as its users run it.

mod arguments;
mod machine;
mod report;

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use wukongim_test_support::program;

fn start(args: &[&str]) -> Child {
    Command::new(program::example("inspect"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Feeds from a thread, so that neither side waits for the other.
fn run(args: &[&str], input: impl Into<Vec<u8>>) -> Output {
    let mut child = start(args);
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
    let feeder = thread::spawn(move || stdin.write_all(&input).and_then(|()| stdin.flush()));
    let output = child.wait_with_output().unwrap();
    // It may have ended without reading, where its arguments are wrong.
    let _ = feeder.join().unwrap();
    output
}
