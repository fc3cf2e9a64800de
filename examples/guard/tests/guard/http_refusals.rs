//! What the HTTP port refuses before upstream sees it: counted under a word, with a line of where it came
//! from.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::clients::{read_to_end, send};
use crate::counting::expect;
use crate::limits::{MAX_BODY, MAX_HEAD};
use crate::model::Model;
use crate::setup::{before, eventually};

fn refusals(kind: &str) -> String {
    format!("wukongim_manager_refusals_total{{kind=\"{kind}\"}}")
}

#[test]
fn what_the_http_port_refuses_is_counted() {
    let model = Model::start();
    model.wants("manager");
    let (guard, _tcp) = before(&model, &["--manager-token=manager"]);
    let manager = "token: manager\r\n";
    for body in [r#"{"UID":"alice"}"#, r#"{"uid":"alice"} more"#] {
        assert_eq!(guard.post("/user/device_quit", body, manager).0, 400);
    }
    let long = format!(r#"{{"uid":"{}"}}"#, "a".repeat(MAX_BODY));
    assert_eq!(guard.post("/user/token", &long, manager).0, 413);
    let header = format!("x-long: {}\r\n", "a".repeat(MAX_HEAD));
    assert_eq!(guard.request("GET", "/any", "", &header).0, 431);
    assert_eq!(guard.request("GET", "/guard/report", "", "").0, 401);
    // TLS, half a head, half a body; and a probe of the port, which is no refusal.
    read_to_end(&mut send(guard.http, b"\x16\x03\x01\x00\xf4\x01\r\n\r\n"));
    drop(send(guard.http, b""));
    drop(send(guard.http, b"GET / HT"));
    let head = b"POST /user/token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{";
    drop(send(guard.http, head));
    // What is answered by upstream is not refused here; nor is who leaves after an answer.
    assert_eq!(guard.request("GET", "/any", "", "").0, 401);
    let mut stream = send(
        guard.http,
        b"GET /any HTTP/1.1\r\nhost: x\r\ntoken: manager\r\n\r\n",
    );
    stream.read_exact(&mut [0]).unwrap();
    drop(stream);

    let expected: Vec<(String, u64)> = [
        ("ambiguous_body", 2),
        ("too_large", 2),
        ("manager_token_wrong", 1),
        ("malformed_http", 1),
        ("gone", 2),
    ]
    .map(|(kind, count)| (refusals(kind), count))
    .into();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    expect(&guard, &expected);
    let page = guard.page("/guard/metrics");
    let kinds = page
        .lines()
        .filter(|line| line.starts_with("wukongim_manager_refusals_total"));
    assert_eq!(kinds.count(), expected.len(), "{page}");
    let log = guard.log_to_its_end();
    for (label, told) in [
        (
            "ambiguous_body",
            "POST /user/device_quit answered with 400, not forwarded: ",
        ),
        (
            "too_large",
            "POST /user/token answered with 413, not forwarded: ",
        ),
        (
            "manager_token_wrong",
            "GET /guard/report answered with 401: ",
        ),
    ] {
        let line = log.lines().find(|line| line.contains(told));
        let line = line.unwrap_or_else(|| panic!("no {told:?} in {log}"));
        assert!(
            line.contains(" peer=127.0.0.1:") && line.contains(label),
            "{line}"
        );
    }
}

/// Who only observes forwards it: it is in the report, and no refusal.
#[test]
fn what_is_forwarded_is_no_refusal() {
    let model = Model::start();
    let (guard, _tcp) = before(&model, &["--mode=observe"]);
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    assert_eq!(
        guard.post("/user/device_quit", r#"{"UID":"alice"}"#, "").0,
        200
    );
    let line = guard.log_line("it would be answered with 400");
    assert!(
        line.contains("ambiguous_body") && line.contains("peer="),
        "{line}"
    );
    let page = guard.page("/guard/metrics");
    assert!(!page.contains(&refusals("ambiguous_body")), "{page}");
}

/// Many callers keep their connections: the one that is idle for longest at the address with most is closed
/// for the next, and counted.
#[test]
fn a_connection_that_made_room_is_counted() {
    let model = Model::start();
    let (guard, _tcp) = before(&model, &[]);
    let first = TcpStream::connect(guard.http).unwrap();
    let mut waiting: Vec<_> = (0..1024)
        .map(|_| TcpStream::connect(guard.http).unwrap())
        .collect();
    let kind = refusals("made_room");
    eventually("one made room", || {
        let mut stream = waiting.pop().unwrap();
        let request = b"GET /guard/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).unwrap();
        String::from_utf8_lossy(&read_to_end(&mut stream).0).contains(&kind)
    });
    let mut first = first;
    assert_eq!(read_to_end(&mut first).0, b"");
}
