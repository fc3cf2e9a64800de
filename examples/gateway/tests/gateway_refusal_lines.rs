//! What the line of a refusal says.
#![cfg(target_os = "linux")]

mod refusals;

use std::net::SocketAddr;

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

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
