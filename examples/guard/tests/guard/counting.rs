//! What can be counted from outside: each connection and its end once, and nothing of its client.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::GatewayProcess;

use crate::clients::{expect_answer, read_to_end, send, websocket};
use crate::setup::{before_recorders, eventually};

/// The samples of a page, by name and labels.
fn samples(page: &str) -> BTreeMap<String, u64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}")))
        .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect()
}

pub fn expect(guard: &GatewayProcess, expected: &[(&str, u64)]) {
    let mut found = BTreeMap::new();
    eventually("all is counted", || {
        found = samples(&guard.page("/guard/metrics"));
        let is_there = |(name, count): &(&str, u64)| found.get(*name) == Some(count);
        let is_so = expected.iter().all(is_there);
        if !is_so {
            println!("{found:#?}");
        }
        is_so
    });
}

#[test]
fn every_connection_is_counted_with_its_end() {
    let (guard, _model, _ports) = before_recorders(&["--connect-timeout=1"]);
    let connect = |uid, token| {
        Hello {
            uid,
            ..Hello::new(token)
        }
        .connect("")
    };
    let mut session = send(guard.tcp, &connect("alice", "s3cret"));
    expect_answer(&mut session);
    for (uid, flag, token) in [
        ("alice", 0, "canary"),
        ("alice", 1, "s3cret"),
        ("canary1", 0, "canary"),
        ("canary2", 0, "canary"),
    ] {
        let hello = Hello {
            uid,
            device_flag: flag,
            ..Hello::new(token)
        };
        assert_ne!(read_to_end(&mut send(guard.tcp, &hello.connect(""))).0, b"");
    }
    // Nothing at all, no CONNECT, plain HTTP.
    read_to_end(&mut send(guard.tcp, b""));
    read_to_end(&mut send(guard.tcp, b"\x70canary"));
    read_to_end(&mut send(
        guard.ws,
        b"GET /canary HTTP/1.1\r\nhost: canary\r\n\r\n",
    ));
    let mut socket = websocket(&guard);
    let _ = socket.get_mut().write_all(b"\xc2\x80canary");
    assert!(socket.read().is_err());

    guard.issue("bob", "canary", 0, 0);
    guard.quit("alice", 0);
    assert_eq!(read_to_end(&mut session).0, b"");
    assert_eq!(guard.post("/user/token", r#"{"UID":"canary"}"#, "").0, 400);
    assert_eq!(guard.request("GET", "/canary/1", "", "").0, 200);
    assert_eq!(guard.request("GET", "/canary/2", "", "").0, 200);
    assert_eq!(guard.request("GET", "/guard/canary", "", "").0, 404);

    expect(
        &guard,
        &[
            (r#"wukongim_connections_total{transport="tcp"}"#, 7),
            (r#"wukongim_connections_total{transport="ws"}"#, 2),
            (r#"wukongim_handshakes_total{outcome="ok"}"#, 1),
            (r#"wukongim_handshakes_total{outcome="mismatch"}"#, 1),
            (
                r#"wukongim_handshakes_total{outcome="issued_for_other_flag"}"#,
                1,
            ),
            (r#"wukongim_handshakes_total{outcome="not_issued"}"#, 2),
            (r#"wukongim_refused_connections_total{kind="silent"}"#, 1),
            (
                r#"wukongim_refused_connections_total{kind="not_connect"}"#,
                1,
            ),
            (
                r#"wukongim_refused_connections_total{kind="plain_http"}"#,
                1,
            ),
            (
                r#"wukongim_refused_connections_total{kind="malformed_websocket"}"#,
                1,
            ),
            (r#"wukongim_kicks_total{reason="the token was revoked"}"#, 1),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/token",status="200"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/token",status="400"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/device_quit",status="200"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="other",status="200"}"#,
                2,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="other",status="404"}"#,
                1,
            ),
            ("wukongim_sessions", 0),
            ("wukongim_unauthenticated_connections", 0),
        ],
    );
    let page = guard.page("/guard/metrics");
    for secret in ["canary", "alice", "s3cret", "127.0.0.1"] {
        assert!(!page.contains(secret), "{secret} in {page}");
    }
    let ends = samples(&page);
    let of = |prefix: &str| -> u64 {
        let all = ends.iter().filter(|(name, _)| name.starts_with(prefix));
        all.map(|(_, count)| count).sum()
    };
    let ended = of("wukongim_handshakes_total") + of("wukongim_refused_connections_total");
    assert_eq!(of("wukongim_connections_total"), ended, "{page}");
}

/// A guard whose store failed when a client with the right token came.
pub fn after_a_store_failure(name: &str) -> GatewayProcess {
    let fault = std::env::temp_dir().join(format!("guard-{name}-{}", std::process::id()));
    let store = format!("--store=faulty:{}", fault.display());
    let (guard, _model, _ports) = before_recorders(&[&store]);
    std::fs::write(&fault, "").unwrap();
    let (reply, _) = read_to_end(&mut send(guard.tcp, &Hello::new("s3cret").connect("")));
    std::fs::remove_file(&fault).unwrap();
    assert_eq!(reply, b"", "closed, not refused");
    guard
}

#[test]
fn a_store_that_fails_is_counted() {
    let guard = after_a_store_failure("counted");
    let lookups = r#"wukongim_store_failures_total{operation="lookup"}"#;
    expect(&guard, &[(lookups, 1)]);
}

#[test]
fn a_head_that_cannot_be_read_is_answered() {
    let (guard, _model, ports) = before_recorders(&[]);
    let long = format!("GET / HTTP/1.1\r\nx-long: {}", "a".repeat(25 * 1024));
    for head in [&long, "GET / HTTP/9.9 nonsense\r\nhost: x\r\n"] {
        let mut stream = TcpStream::connect(guard.ws).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let (answer, _) = read_to_end(&mut stream);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer:?}");
    }
    let refused = |kind| format!("wukongim_refused_connections_total{{kind=\"{kind}\"}}");
    let (too_large, malformed) = (refused("too_large"), refused("malformed_http"));
    expect(&guard, &[(&too_large, 1), (&malformed, 1)]);
    assert_eq!(ports[1].connections(), 0);
}
