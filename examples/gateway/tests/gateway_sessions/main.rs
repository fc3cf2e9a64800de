//! What ends a session of the example gateway, and what does not.
#![cfg(unix)]

mod displacement;
mod shutdown;

use std::time::{Duration, Instant};

use wukongim_test_support::client::{Client, Hello, Socket, TRANSPORTS};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn device_quit_revokes_and_closes() {
    for (_, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&[]);
        let connect = |device_flag| {
            let hello = Hello {
                device_flag,
                ..Hello::new("s3cret")
            };
            Client::connect(dial(&gateway), hello)
        };
        for flag in [0, 1, 2] {
            gateway.issue("alice", "s3cret", flag, 0);
        }
        let mut clients = [0, 1, 2].map(|flag| connect(flag).unwrap());
        gateway.quit("alice", 1);
        assert_eq!(clients[1].is_kicked(), "the token was revoked");
        assert!(clients[0].is_alive() && clients[2].is_alive());
        assert_eq!(connect(1).err().map(u8::from), Some(2));
        gateway.log_line("cause=\"revoked\"");

        gateway.quit("alice", -1);
        clients[0].is_kicked();
        clients[2].is_kicked();
        for flag in [0, 1, 2] {
            assert_eq!(connect(flag).err().map(u8::from), Some(2));
        }
        gateway.issue("alice", "s3cret", 1, 0);
        assert!(connect(1).unwrap().is_alive(), "issued again");
    }
}

#[test]
fn a_session_ends_with_its_token() {
    let gateway = GatewayProcess::start(&["--token-lifetime=1"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    assert_eq!(client.is_kicked(), "the token has expired");
    let again = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret"));
    assert_eq!(again.err().map(u8::from), Some(2));
    gateway.log_line("cause=\"expired\"");
}

#[test]
fn a_device_flag_of_the_deployments_own_is_registered_connects_and_is_revoked() {
    let gateway = GatewayProcess::start(&["--device-flags=0,1,2,4"]);
    gateway.issue("alice", "s3cret", 4, 0);
    let hello = || Hello {
        device_flag: 4,
        ..Hello::new("s3cret")
    };
    let mut client = Client::connect(Socket::tcp(gateway.tcp), hello()).unwrap();
    assert!(client.is_alive());
    let as_app = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret"));
    assert_eq!(as_app.err().map(u8::from), Some(2));
    let line = gateway.log_line("cause=\"issued_for_other_flag\"");
    assert!(
        line.contains("let the client connect with deviceFlag 4"),
        "{line}"
    );
    // All that clients may use, this one included.
    let (status, _) = gateway.post(
        "/user/device_quit",
        r#"{"uid":"alice","device_flag":-1}"#,
        "",
    );
    assert_eq!(status, 200);
    assert_eq!(client.is_kicked(), "the token was revoked");
    let again = Client::connect(Socket::tcp(gateway.tcp), hello());
    assert_eq!(again.err().map(u8::from), Some(2));
    gateway.log_line("cause=\"revoked\"");

    // Where it is not allowed, it is neither registered nor let in, and the log says why.
    let gateway = GatewayProcess::start(&[]);
    let body = r#"{"uid":"alice","token":"s3cret","device_flag":4}"#;
    assert_eq!(gateway.post("/user/token", body, "").0, 400);
    let refused = Client::connect(Socket::tcp(gateway.tcp), hello());
    assert_eq!(refused.err().map(u8::from), Some(2));
    let line = gateway.log_line("cause=\"unknown_device_flag\"");
    assert!(line.contains("If clients are meant to use 4"), "{line}");
}

#[test]
fn the_log_can_be_one_json_object_a_line() {
    let gateway = GatewayProcess::start(&["--log-format=json"]);
    gateway.issue("alice", "s3cret", 0, 0);
    gateway.log_line("token issued");
    for line in gateway.log().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["level"].is_string(), "{line}");
    }
}

#[test]
fn a_session_outlives_the_end_that_it_came_with_if_its_token_was_renewed() {
    const LIFETIME: Duration = Duration::from_secs(3);
    let gateway = GatewayProcess::start(&["--token-lifetime=3"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    std::thread::sleep(LIFETIME * 2 / 3);
    let renewed = Instant::now();
    gateway.issue("alice", "s3cret", 0, 0);
    assert_eq!(client.is_kicked(), "the token has expired");
    assert!(renewed.elapsed() >= LIFETIME, "{:?}", renewed.elapsed());
}
