//! What can be counted from outside: every connection and its end once, and nothing of its client.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use wukongim_test_support::client::{Client, Hello, Socket, TRANSPORTS};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

const MANAGER: &str = "token: m4nager\r\n";

/// The samples of a page, by name and labels.
fn samples(page: &str) -> BTreeMap<&str, usize> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let sample = |line| str::rsplit_once(line, ' ').unwrap_or_else(|| panic!("{line}"));
    lines
        .map(sample)
        .map(|(name, count)| (name, count.parse().unwrap()))
        .collect()
}

/// Waits until the page has these samples: what a peer sees, the gateway counts at some time soon.
fn expect(gateway: &GatewayProcess, expected: &[(&str, usize)]) -> String {
    let mut page = String::new();
    for _ in 0..300 {
        page = gateway.page("/metrics");
        let samples = samples(&page);
        let is_there = |(name, count): &(&str, usize)| samples.get(name) == Some(count);
        if expected.iter().all(is_there) {
            return page;
        }
        std::thread::sleep(PATIENCE / 300);
    }
    panic!("{expected:#?} are not all in\n{page}");
}

fn issue(gateway: &GatewayProcess) {
    let body = r#"{"uid":"alice","token":"s3cret","device_flag":0,"device_level":1}"#;
    assert_eq!(gateway.post("/user/token", body, MANAGER).0, 200);
}

#[test]
fn every_connection_is_counted_with_its_end() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    issue(&gateway);
    assert_eq!(gateway.post("/user/token", "{", MANAGER).0, 400);
    assert_eq!(gateway.post("/user/token", "{}", "").0, 401);
    assert_eq!(gateway.post("/made/up/1", "{}", MANAGER).0, 404);
    assert_eq!(gateway.post("/made/up/2", "{}", MANAGER).0, 404);
    gateway.page("/health");

    let mut clients: Vec<_> = TRANSPORTS
        .iter()
        .map(|(name, dial)| {
            let hello = Hello {
                device_id: name,
                ..Hello::new("s3cret")
            };
            (Client::connect(dial(&gateway), hello).unwrap(), *name)
        })
        .collect();
    // The second, a master, has displaced the first.
    clients[0].0.is_kicked();
    assert!(Client::connect(Socket::tcp(gateway.tcp), Hello::new("canary")).is_err());
    let mut tls = TcpStream::connect(gateway.tcp).unwrap();
    tls.write_all(b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03")
        .unwrap();
    assert_eq!(tls.read(&mut [0]).unwrap_or_default(), 0);

    let page = expect(
        &gateway,
        &[
            (r#"wukongim_connections_total{transport="tcp"}"#, 3),
            (r#"wukongim_connections_total{transport="ws"}"#, 1),
            (r#"wukongim_handshakes_total{outcome="ok"}"#, 2),
            (r#"wukongim_handshakes_total{outcome="mismatch"}"#, 1),
            (
                r#"wukongim_refused_connections_total{kind="other_protocol_tls"}"#,
                1,
            ),
            (
                r#"wukongim_kicks_total{reason="logged in on another device"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/token",status="200"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/token",status="400"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/user/token",status="401"}"#,
                1,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="other",status="404"}"#,
                2,
            ),
            (
                r#"wukongim_manager_requests_total{endpoint="/health",status="200"}"#,
                1,
            ),
            ("wukongim_sessions", 1),
            ("wukongim_unauthenticated_connections", 0),
        ],
    );
    for secret in ["alice", "127.0.0.1", "canary", "s3cret", "m4nager", "made"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
}

/// What never gets as far as an endpoint, and so has no answer to be counted by.
#[test]
fn refusals_on_the_manager_port_are_counted_by_kind() {
    let gateway = GatewayProcess::start(&[]);
    let connect = || TcpStream::connect(gateway.http).unwrap();
    connect()
        .write_all(b"POST /user/token HTTP/1.1\r\n")
        .unwrap();
    connect().write_all(b"\x16\x03\x01\x00\xf4").unwrap();
    // A health check of the port alone is nothing that was refused.
    drop(connect());
    let refused = gateway.post("/user/token", "{}", "origin: http://evil.example\r\n");
    assert_eq!(refused.0, 403);
    let kind = |kind: &str| format!(r#"wukongim_manager_refusals_total{{kind="{kind}"}}"#);
    let [gone, malformed, cross_site, made_room] =
        ["gone", "malformed_http", "cross_site", "made_room"].map(kind);
    expect(&gateway, &[(&gone, 1), (&malformed, 1), (&cross_site, 1)]);

    // As many as the port lets wait, and those who ask for the counts besides.
    let silent: Vec<_> = (0..256).map(|_| connect()).collect();
    let is_counted = (0..300).any(|_| {
        std::thread::sleep(PATIENCE / 300);
        gateway.page("/metrics").contains(&made_room)
    });
    assert!(is_counted);
    drop(silent);

    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    assert_eq!(gateway.post("/user/token", "{}", "").0, 401);
    expect(&gateway, &[(&kind("manager_token_wrong"), 1)]);
}

#[test]
fn failures_of_the_store_are_counted() {
    let file = std::env::temp_dir().join(format!("store-fails-{}", std::process::id()));
    let store = format!("--store=faulty:{}", file.display());
    let gateway = GatewayProcess::start(&[&store, "--recheck=1"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut session = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    std::fs::write(&file, "").unwrap();
    let mut socket = Socket::tcp(gateway.tcp);
    socket.send(&Hello::new("s3cret").connect(""));
    assert_eq!(socket.receive(), None);
    expect(
        &gateway,
        &[
            (r#"wukongim_handshakes_total{outcome="store"}"#, 1),
            (r#"wukongim_store_failures_total{operation="lookup"}"#, 1),
        ],
    );
    // Its record is looked up again now and then.
    let recheck = r#"wukongim_store_failures_total{operation="recheck"}"#;
    let is_counted = (0..300).any(|_| {
        std::thread::sleep(PATIENCE / 300);
        gateway.page("/metrics").contains(recheck)
    });
    assert!(is_counted);
    assert!(session.is_alive());
    std::fs::remove_file(&file).unwrap();
}
