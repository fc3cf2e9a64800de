//! What the line of a refusal says.
#![cfg(target_os = "linux")]

mod refusals;

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;
use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::program::program;

use refusals::{field, say};

#[test]
fn every_refusal_says_from_where() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    let headers = "token: m4nager\r\n";
    let body = r#"{"uid":"alice","token":"s3cret","device_flag":0}"#;
    assert_eq!(gateway.post("/user/token", body, headers).0, 200);
    assert_eq!(gateway.post("/user/token", body, "").0, 401);
    // The token is right, and the session keys that this client needs cannot be agreed.
    say(gateway.tcp, &Hello::new("s3cret").connect(""));
    say(gateway.tcp, &Hello::new("wrong").connect(""));
    for said in [
        "client_key_missing",
        "mismatch",
        "manager token verify fail",
    ] {
        let line = gateway.log_line(said);
        let peer = field(&line, "peer").unwrap_or_else(|| panic!("{line}"));
        let peer: SocketAddr = peer.parse().unwrap();
        assert!(peer.ip().is_loopback(), "{line}");
    }
    let log = gateway.log_to_its_end();
    assert_eq!(log.matches("client_key_missing").count(), 1, "{log}");

    let gateway = GatewayProcess::start(&[]);
    let origin = "origin: http://evil.example\r\n";
    assert_eq!(gateway.post("/user/token", body, origin).0, 403);
    let line = gateway.log_line("request refused");
    assert!(field(&line, "peer").is_some(), "{line}");
    assert_eq!(field(&line, "label"), Some("cross_site"), "{line}");
}

#[test]
fn a_uid_is_escaped_once() {
    let gateway = GatewayProcess::start(&[]);
    let uid = "a\"\\\u{202e}爱";
    let hello = Hello {
        uid,
        ..Hello::new("wrong")
    };
    say(gateway.tcp, &hello.connect(""));
    let escaped = r#"uid="a\"\\\u{202e}爱" "#;
    let refused = gateway.log_line("token verify fail");
    assert!(refused.contains(escaped), "{refused}");
    gateway.issue(uid, "s3cret", 0, 0);
    let hello = Hello {
        uid,
        ..Hello::new("s3cret")
    };
    let mut client = Client::connect(Socket::tcp(gateway.tcp), hello).unwrap();
    assert!(client.is_alive());
    let connected = gateway.log_line("connected");
    assert!(format!("{connected} ").contains(escaped), "{connected}");
}

/// As the crate does it: a client does not decide how long a line is.
#[test]
fn a_long_uid_is_cut_in_every_line() {
    let gateway = GatewayProcess::start(&[]);
    let uid = "u".repeat(3000);
    let hello = |token| Hello {
        uid: &uid,
        ..Hello::new(token)
    };
    say(gateway.tcp, &hello("wrong").connect(""));
    gateway.issue(&uid, "s3cret", 0, 0);
    let mut client = Client::connect(Socket::tcp(gateway.tcp), hello("s3cret")).unwrap();
    assert!(client.is_alive());
    drop(client);
    let cut = format!("{}…", "u".repeat(64));
    for said in ["token verify fail", " connected", "disconnected"] {
        let line = gateway.log_line(said);
        assert_eq!(field(&line, "uid"), Some(&*cut), "{line}");
    }
}

/// The objects that the doctor makes of a log.
fn diagnosed(log: &str) -> Vec<Value> {
    let mut doctor = Command::new(program("wukongim-doctor"));
    let doctor = doctor.args(["--json", "-"]).stdin(Stdio::piped());
    let mut child = doctor.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(log.as_bytes()).unwrap();
    drop(stdin);
    let out = child.wait_with_output().unwrap().stdout;
    let out = String::from_utf8(out).unwrap();
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The verdict alone would be `not_issued`, `mismatch` or `revoked`.
#[test]
fn the_doctor_reads_the_diagnosed_cause_in_every_log() {
    let web = |token| Hello {
        device_flag: 1,
        ..Hello::new(token)
    };
    let cases = [
        ("issued_for_other_flag", web("s3cret")),
        ("not_issued_for_flag", web("another")),
        ("altered", Hello::new("Bearer s3cret")),
        ("placeholder", Hello::new("undefined")),
        ("mismatch", Hello::new("another")),
    ];
    for format in ["text", "json"] {
        for level in ["info", "warn"] {
            let gateway = GatewayProcess::start(&["--log-format", format, "--log-level", level]);
            gateway.issue("alice", "s3cret", 0, 0);
            for (_, hello) in &cases {
                say(gateway.tcp, &hello.connect(""));
            }
            for (cause, _) in &cases {
                wait_for_rejection(&gateway, cause);
            }
            let log = gateway.log_to_its_end();
            let found = diagnosed(&log);
            let mut causes: Vec<_> = found
                .iter()
                .filter_map(|one| one["cause"].as_str())
                .collect();
            let mut expected = cases.each_ref().map(|(cause, _)| *cause);
            causes.sort_unstable();
            expected.sort_unstable();
            assert_eq!(causes, expected, "{format} {level}: {log}");
            assert_eq!(found.len(), expected.len(), "{format} {level}: {found:?}");
            assert!(found.iter().all(|one| one["uid"] == "alice"), "{found:?}");
        }
    }
}

fn wait_for_rejection(gateway: &GatewayProcess, cause: &str) {
    let line = format!("wukongim_handshakes_total{{outcome=\"{cause}\"}} 1");
    for _ in 0..300 {
        if gateway.page("/metrics").lines().any(|found| found == line) {
            return;
        }
        thread::sleep(PATIENCE / 300);
    }
    panic!("no {line} in\n{}", gateway.page("/metrics"));
}
