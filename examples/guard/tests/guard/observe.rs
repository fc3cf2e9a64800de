//! Everybody is let through, and the report says who would not have been.

use std::io::{Read, Write};
use std::net::TcpStream;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::GatewayProcess;

use crate::clients::send;
use crate::model::Model;
use crate::setup::{Recorder, eventually, guard_before, nobody};

fn report(guard: &GatewayProcess, headers: &str) -> String {
    let mut stream = TcpStream::connect(guard.http).unwrap();
    let head =
        format!("GET /guard/report HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Count, users and flag of the row of this cause.
fn row(report: &str, label: &str) -> Option<Vec<String>> {
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let mut rows = report.lines().map(words);
    rows.find(|words| words.last().is_some_and(|last| last == label) && words.len() > 1)
}

#[test]
fn all_get_through_and_the_report_counts_whom_it_would_have_refused() {
    let (model, tcp) = (Model::start(), Recorder::start());
    model.register("alice", 0, "s3cret");
    model.register("bob", 1, "b0b");
    model.wants("manager");
    let address = tcp.address.to_string();
    let guard = guard_before(
        [&model.server.address, &address, &nobody()],
        &[
            "--mode=observe",
            "--connect-timeout=1",
            "--manager-token=manager",
        ],
    );
    eventually("upstream's tokens are known", || {
        guard
            .request("GET", "/guard/health", "", "connection: close\r\n")
            .0
            == 200
    });
    let hello = |uid, token| {
        Hello {
            uid,
            ..Hello::new(token)
        }
        .connect("")
    };
    let all = [
        hello("alice", "s3cret"),
        hello("alice", "wrong"),
        hello("alice", "wrong"),
        hello("bob", "b0b"),
        hello("mallory", "x"),
        // None of the protocol, and nothing at all.
        b"\x70hello".to_vec(),
        Vec::new(),
    ];
    for (number, bytes) in all.iter().enumerate() {
        let mut stream = send(guard.tcp, bytes);
        eventually("it gets through", || tcp.connections() == number + 1);
        stream.write_all(b"later").unwrap();
        let expected = [&bytes[..], b"later"].concat();
        eventually("the bytes are the client's", || {
            tcp.heard(number) == expected
        });
    }
    let mut text = String::new();
    eventually("all are counted", || {
        text = report(&guard, "token: manager\r\n");
        text.contains("1 connections had the right token; 6 would have been refused")
    });
    for (label, expected) in [
        ("mismatch", ["2", "1", "APP"].as_slice()),
        ("issued_for_other_flag", &["1", "1", "APP"]),
        ("not_issued", &["1", "1", "APP"]),
        ("not_connect", &["1", "0"]),
        ("silent", &["1", "0"]),
    ] {
        let row = row(&text, label).unwrap_or_else(|| panic!("no {label} in {text}"));
        assert_eq!(row[..row.len() - 1], *expected, "{label}: {text}");
    }
    assert!(
        text.contains("fix: ") && text.contains("\"mallory\" 1"),
        "{text}"
    );
    assert!(!text.contains("s3cret") && !text.contains("b0b\""));
    assert!(report(&guard, "").starts_with("HTTP/1.1 401 "));
}

#[test]
fn it_lets_through_before_it_knows_anything() {
    let tcp = Recorder::start();
    let address = tcp.address.to_string();
    let guard = guard_before([&nobody(), &address, &nobody()], &["--mode=observe"]);
    let bytes = Hello::new("s3cret").connect("");
    let _stream = send(guard.tcp, &bytes);
    eventually("it gets through", || tcp.heard(0) == bytes);
    let text = report(&guard, "");
    assert!(text.contains("1 were let through before"), "{text}");
    assert!(
        text.starts_with("HTTP/1.1 200 ") && text.contains("; 0 would have been"),
        "{text}"
    );
}

#[test]
fn it_ends_no_session() {
    let (model, tcp) = (Model::start(), Recorder::start());
    let address = tcp.address.to_string();
    let guard = guard_before(
        [&model.server.address, &address, &nobody()],
        &["--mode=observe"],
    );
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    guard.issue("alice", "s3cret", 0, 0);
    let bytes = Hello::new("s3cret").connect("");
    let mut stream = send(guard.tcp, &bytes);
    eventually("it is through", || tcp.heard(0) == bytes);
    guard.quit("alice", 0);
    stream.write_all(b"still here").unwrap();
    let expected = [&bytes[..], b"still here"].concat();
    eventually("upstream hears it", || tcp.heard(0) == expected);
    let text = report(&guard, "");
    assert!(
        text.contains("1 connections had the right token; 0 would"),
        "{text}"
    );
}
