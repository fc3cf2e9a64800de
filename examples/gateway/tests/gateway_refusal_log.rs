//! What a flood of refusals leaves in the log, and what refusals do that are no line by themselves.
#![cfg(target_os = "linux")]

mod refusals;

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::thread;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use refusals::{connect, field, say};

/// Refusals in all, and by how many clients at the same time.
const FLOOD: usize = 3_000;
const AT_ONCE: usize = 20;

/// More would be a line for some of them.
const MAX_LOG: usize = 32 * 1024;

/// How many refusals there were, by label: the lines of their own, and those that were summed up.
fn totals(log: &str) -> BTreeMap<String, usize> {
    let mut totals = BTreeMap::new();
    for line in log.lines() {
        let Some(label) = field(line, "label") else {
            continue;
        };
        let peer = field(line, "peer").unwrap();
        assert!(peer.starts_with("127.0.0.1"), "{line}");
        let count = field(line, "suppressed").map_or(1, |count| count.parse().unwrap());
        *totals.entry(label.to_owned()).or_default() += count;
    }
    totals
}

/// Waits until the page of metrics has this line.
fn wait_for(gateway: &GatewayProcess, line: &str) {
    for _ in 0..300 {
        if gateway.page("/metrics").lines().any(|found| found == line) {
            return;
        }
        thread::sleep(PATIENCE / 300);
    }
    panic!("no {line} in\n{}", gateway.page("/metrics"));
}

fn wait_for_rejections(gateway: &GatewayProcess, label: &str, count: usize) {
    let name = "wukongim_handshakes_total";
    wait_for(gateway, &format!("{name}{{outcome=\"{label}\"}} {count}"));
}

#[test]
fn a_flood_is_a_few_lines_and_counts_that_add_up() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let wrong = Hello::new("wrong").connect("");
    let unknown = Hello {
        uid: "mallory",
        ..Hello::new("wrong")
    };
    let unknown = unknown.connect("");
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                for _ in 0..FLOOD / AT_ONCE / 2 {
                    say(gateway.tcp, &wrong);
                    say(gateway.tcp, &unknown);
                }
            });
        }
    });
    for label in ["mismatch", "not_issued"] {
        wait_for_rejections(&gateway, label, FLOOD / 2);
    }
    let log = gateway.log_to_its_end();
    println!(
        "{FLOOD} refusals: {} bytes, {} lines",
        log.len(),
        log.lines().count()
    );
    assert!(log.len() < MAX_LOG, "{} bytes", log.len());
    // Each rejection is one event, with its diagnosis.
    let expected = ["mismatch", "not_issued"].map(|label| (label.to_owned(), FLOOD / 2));
    assert_eq!(totals(&log), BTreeMap::from(expected));
    for label in ["mismatch", "not_issued"] {
        let is_it = |line: &&str| field(line, "label") == Some(label);
        let mut lines = log.lines().filter(is_it);
        assert!(
            lines.any(|line| line.contains("token verify fail")),
            "{label}"
        );
    }
}

/// The first bytes of TLS, as a client sends them that was given the wrong scheme.
const TLS: &[u8] = b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

const UPGRADE: &[u8] =
    b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[test]
fn what_is_no_line_by_itself_is_one_in_the_end() {
    let gateway = GatewayProcess::start(&["--connect-timeout=1"]);
    let (tcp, ws) = (gateway.tcp, gateway.ws);
    let proxy = b"PROXY TCP4 192.0.2.1 198.51.100.2 4711 5100\r\n";
    let cases: [(SocketAddr, &[u8], &str); 13] = [
        (tcp, TLS, "other_protocol_tls"),
        (ws, TLS, "other_protocol_tls"),
        (
            tcp,
            b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
            "other_protocol_http",
        ),
        (ws, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "plain_http"),
        (ws, b"GET / HTTP/9.9 nonsense\r\n\r\n", "malformed_http"),
        (tcp, proxy, "other_protocol_proxy_v1"),
        (ws, proxy, "other_protocol_proxy_v1"),
        (tcp, b"", "silent"),
        (ws, b"", "silent"),
        (ws, UPGRADE, "silent"),
        (tcp, b"\x10\xff\xff\xff\x7f", "too_large"),
        (tcp, b"\xf0\x00", "unknown_type"),
        (ws, b"\x10\x00\x01\x02", "no_websocket"),
    ];
    let mut expected = BTreeMap::new();
    thread::scope(|scope| {
        for (address, bytes, label) in cases {
            for _ in 0..3 {
                *expected.entry(label.to_owned()).or_default() += 1;
                scope.spawn(move || say(address, bytes));
            }
        }
    });
    drop(connect(tcp));
    expected.insert("gone".to_owned(), 1);
    expected_metrics(&gateway, &expected);
    // The manager port's are no connections of clients.
    say(gateway.http, TLS);
    say(gateway.http, b"");
    say(
        gateway.http,
        b"POST /user/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n",
    );
    *expected.entry("malformed_http".to_owned()).or_default() += 1;
    *expected.entry("silent".to_owned()).or_default() += 2;
    let log = gateway.log_to_its_end();
    assert_eq!(totals(&log), expected, "{log}");
    assert!(!log.contains("DEBUG"), "{log}");
}

/// Waits until they are counted: the last peer's end is seen at some time soon.
fn expected_metrics(gateway: &GatewayProcess, expected: &BTreeMap<String, usize>) {
    let counts = |page: &str| {
        let lines = page.lines().filter_map(|line| {
            let rest = line.strip_prefix("wukongim_refused_connections_total{kind=\"")?;
            let (kind, count) = rest.split_once("\"} ")?;
            Some((kind.to_owned(), count.parse::<usize>().unwrap()))
        });
        lines.collect::<BTreeMap<_, _>>()
    };
    let mut seen = BTreeMap::new();
    for _ in 0..300 {
        seen = counts(&gateway.page("/metrics"));
        if seen == *expected {
            return;
        }
        thread::sleep(PATIENCE / 300);
    }
    assert_eq!(seen, *expected);
}

#[test]
fn connections_without_a_place_are_summed_up() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=300"]);
    let _silent = [connect(gateway.tcp), connect(gateway.tcp)];
    wait_for_unauthenticated(&gateway, 2);
    for _ in 0..5 {
        say(gateway.ws, b"");
    }
    let expected = BTreeMap::from([("over_capacity".to_owned(), 5)]);
    assert_eq!(totals(&gateway.log_to_its_end()), expected);
}

#[test]
fn a_connection_that_made_room_is_summed_up() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=300"]);
    let mut silent = [connect(gateway.tcp), connect(gateway.tcp)];
    wait_for_unauthenticated(&gateway, 2);
    let _other = connect_from("127.0.0.2:0", gateway.tcp);
    assert_eq!(silent[0].read(&mut [0]).unwrap(), 0);
    let expected = BTreeMap::from([("made_room".to_owned(), 1)]);
    assert_eq!(totals(&gateway.log_to_its_end()), expected);
}

fn wait_for_unauthenticated(gateway: &GatewayProcess, count: usize) {
    wait_for(
        gateway,
        &format!("wukongim_unauthenticated_connections {count}"),
    );
}

/// Another address of this machine.
fn connect_from(source: &str, target: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(source.parse().unwrap()).unwrap();
        socket.connect(target).await.unwrap().into_std().unwrap()
    })
}

/// Not only at the end.
#[test]
fn the_sums_come_while_it_runs() {
    let gateway = GatewayProcess::start(&[]);
    say(gateway.ws, TLS);
    let line = gateway.log_line("refusals, summed up");
    assert_eq!(field(&line, "label"), Some("other_protocol_tls"), "{line}");
    assert_eq!(field(&line, "suppressed"), Some("1"), "{line}");
    assert!(line.contains(" INFO "), "{line}");
}

#[test]
fn how_many_are_written_is_a_choice() {
    for (wanted, written) in [("0", 0), ("1000", 30)] {
        let gateway = GatewayProcess::start(&["--log-refusals", wanted]);
        for _ in 0..30 {
            say(gateway.tcp, &Hello::new("wrong").connect(""));
        }
        wait_for_rejections(&gateway, "not_issued", 30);
        let log = gateway.log_to_its_end();
        let lines = log
            .lines()
            .filter(|line| line.contains("token verify fail"));
        assert_eq!(lines.count(), written, "{log}");
        assert_eq!(
            totals(&log),
            BTreeMap::from([("not_issued".to_owned(), 30)])
        );
    }
}
