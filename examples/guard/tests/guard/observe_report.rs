//! What is counted while the guard only observes, and the report at its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use wukongim_test_support::client::Hello;
use wukongim_test_support::program::program;

use crate::clients::{expect_answer, read_to_end, send};
use crate::model::Model;
use crate::setup::{Recorder, eventually, guard_before, nobody};

/// Who only observes leaves plain HTTP to upstream, and counts it.
#[test]
fn plain_http_is_let_through_and_counted_while_observing() {
    let (model, ws) = (Model::start(), Recorder::start());
    let address = ws.address.to_string();
    let arguments = ["--mode=observe", "--connect-timeout=1"];
    let guard = guard_before([&model.server.address, &nobody(), &address], &arguments);
    let all = [
        &b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"[..],
        b"GET /half HTTP/1.1\r\nho",
    ];
    let mut streams = Vec::new();
    for (number, bytes) in all.into_iter().enumerate() {
        let mut stream = send(guard.ws, bytes);
        eventually("it gets through", || ws.heard(number) == bytes);
        expect_answer(&mut stream);
        stream.write_all(b"later").unwrap();
        let expected = [bytes, b"later"].concat();
        eventually("the rest as well", || ws.heard(number) == expected);
        streams.push(stream);
    }
    let (answer, _) = read_to_end(&mut send(
        guard.ws,
        b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n",
    ));
    assert!(answer.starts_with(b"HTTP/1.1 200 "));
    drop(send(guard.ws, b""));
    let report = guard.page("/guard/report");
    assert!(report.contains("; 2 would have been refused"), "{report}");
    for label in ["plain_http", "silent"] {
        let row = report.lines().find(|line| line.ends_with(label));
        let row = row.unwrap_or_else(|| panic!("no {label} in {report}"));
        assert_eq!(row.split_whitespace().next(), Some("1"), "{report}");
    }
    assert_eq!(ws.connections(), 2);
}

#[test]
fn at_the_end_of_observing_the_report_is_printed() {
    let (model, tcp) = (Model::start(), Recorder::start());
    model.register("alice", 0, "s3cret");
    let mut command = Command::new(program("wukongim-guard"));
    command.args([
        "--mode=observe",
        "--http=127.0.0.1:0",
        "--tcp=127.0.0.1:0",
        "--ws=127.0.0.1:0",
    ]);
    command.args([
        "--upstream-http",
        &model.server.address,
        "--upstream-ws",
        &nobody(),
    ]);
    command.args(["--upstream-tcp", &tcp.address.to_string()]);
    let mut guard = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(guard.stdout.take().unwrap());
    let mut ready = String::new();
    stdout.read_line(&mut ready).unwrap();
    let address = |name: &str| -> SocketAddr {
        let mut words = ready.split_whitespace();
        let word = words.find_map(|word| word.strip_prefix(name)).unwrap();
        word.parse().unwrap()
    };
    let health = || {
        let request = b"GET /guard/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        read_to_end(&mut send(address("http="), request)).0
    };
    eventually("upstream's tokens are known", || {
        health().starts_with(b"HTTP/1.1 200 ")
    });
    for token in ["s3cret", "wrong"] {
        expect_answer(&mut send(address("tcp="), &Hello::new(token).connect("")));
    }
    let pid = guard.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut report = String::new();
    stdout.read_to_string(&mut report).unwrap();
    assert!(guard.wait().unwrap().success());
    let first =
        "1 connections had the right token; 1 would have been refused, and were let through.";
    assert!(report.contains(first), "{report}");
    assert!(
        report.contains("mismatch") && report.contains("users: \"alice\" 1"),
        "{report}"
    );
    assert!(!report.contains("s3cret") && !report.contains("wrong"));
}
