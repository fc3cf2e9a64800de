//! What ends a session of a client that speaks JSON-RPC, and what does not.
#![cfg(unix)]

use serde_json::{Value, json};
use wukongim_test_support::client::rpc::{Dial, RpcClient, TRANSPORTS};
use wukongim_test_support::client::{Client, Hello, KeyPair, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn what_a_session_is_sent_is_answered_or_ends_it() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 2, 0);
    let connected = |dial: Dial| dial(&gateway).connected(2, "desk", "s3cret");
    struct Case {
        request: &'static str,
        response: Option<Value>,
    }
    let error = |code, message| {
        let error = json!({"code": code, "message": message});
        Some(json!({"jsonrpc": "2.0", "id": "1", "error": error}))
    };
    for (transport, dial) in TRANSPORTS {
        for Case { request, response } in [
            Case {
                request: r#"{"method":"send","id":"1","params":{"channelId":"b","channelType":1,"payload":"not base64!"}}"#,
                response: error(9, "payload decode error"),
            },
            Case {
                request: r#"{"method":"subscribe","id":"1","params":{}}"#,
                response: error(-32601, "method not found"),
            },
            Case {
                request: r#"{"method":"disconnect","params":{}}"#,
                response: None,
            },
            Case {
                request: r#"{"method":"disconnect","id":"1","params":{}}"#,
                response: None,
            },
            Case {
                request: r#"{"method":"connect","id":"1","params":{}}"#,
                response: None,
            },
            Case {
                request: r#"{"method":"send","id":"1","params":{}}"#,
                response: None,
            },
            Case {
                request: r#"{"method":"ping","id":1,"params":{}}"#,
                response: None,
            },
            Case {
                request: r#"{"jsonrpc":"1.0","method":"ping","id":"1"}"#,
                response: None,
            },
            Case {
                request: r#"{"jsonrpc":null,"method":"ping","id":"1"}"#,
                response: None,
            },
            Case {
                request: r#"{"id":"1"}"#,
                response: None,
            },
            Case {
                request: "[]",
                response: None,
            },
            Case {
                request: "\u{10}\u{5}",
                response: None,
            },
        ] {
            let mut client = connected(dial);
            // Notifications that nobody knows are no fault.
            client
                .send(r#"{"method":"future","params":[1,{"a":null}]}"#)
                .unwrap();
            client.send(request).unwrap();
            let ends = response.is_none();
            assert_eq!(client.receive(), response, "{transport} {request}");
            assert_eq!(client.is_alive(), !ends, "{transport} {request}");
        }
    }
}

#[test]
fn device_quit_revokes_and_closes() {
    for (_, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&[]);
        for flag in [1, 2] {
            gateway.issue("alice", "s3cret", flag, 0);
        }
        let mut web = dial(&gateway).connected(1, "browser", "s3cret");
        let mut desk = dial(&gateway).connected(2, "desk", "s3cret");
        gateway.quit("alice", 1);
        assert_eq!(web.is_kicked(), "the token was revoked");
        assert!(desk.is_alive());
        gateway.quit("alice", -1);
        assert_eq!(desk.is_kicked(), "the token was revoked");
        let response = dial(&gateway).connect(2, "desk", "s3cret").unwrap();
        assert_eq!(response["error"]["code"], 2);
    }
}

#[test]
fn an_update_of_level_master_displaces_the_sessions_of_its_flag() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 2, 0);
    let mut desk = RpcClient::ws(gateway.ws).connected(2, "desk", "s3cret");
    gateway.issue("alice", "n3w", 2, 0);
    assert!(desk.is_alive(), "a slave's update displaces nobody");
    gateway.issue("alice", "n3w", 1, 1);
    assert!(desk.is_alive(), "another flag's update displaces nobody");
    gateway.issue("alice", "n3w", 2, 1);
    assert_eq!(desk.is_kicked(), "a new token was issued");
}

#[test]
fn a_session_ends_with_its_token() {
    for (_, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&["--token-lifetime=1"]);
        gateway.issue("alice", "s3cret", 2, 0);
        let mut client = dial(&gateway).connected(2, "desk", "s3cret");
        assert_eq!(client.is_kicked(), "the token has expired");
        let response = dial(&gateway).connect(2, "desk", "s3cret").unwrap();
        assert_eq!(response["error"]["code"], 2);
        gateway.log_line("cause=\"expired\"");
    }
}

/// Whichever of the two protocols either speaks.
#[test]
fn a_new_session_displaces_by_level_and_device() {
    #[derive(Debug, PartialEq)]
    enum Fate {
        Stays,
        Closed,
        Kicked,
    }
    for (level, device_id, fate) in [
        (0, "desk", Fate::Closed),
        (0, "other", Fate::Stays),
        (1, "desk", Fate::Closed),
        (1, "other", Fate::Kicked),
    ] {
        for over_binary in [false, true] {
            let gateway = GatewayProcess::start(&[]);
            gateway.issue("alice", "s3cret", 2, level);
            let mut first = RpcClient::ws(gateway.ws).connected(2, "desk", "s3cret");
            let (mut rpc, mut binary) = (None, None);
            if over_binary {
                let hello = Hello {
                    device_flag: 2,
                    device_id,
                    ..Hello::new("s3cret")
                };
                binary = Some(Client::connect(Socket::tcp(gateway.tcp), hello).unwrap());
            } else {
                rpc = Some(RpcClient::ws(gateway.ws).connected(2, device_id, "s3cret"));
            }
            match fate {
                Fate::Stays => assert!(first.is_alive()),
                Fate::Closed => assert_eq!(first.receive(), None),
                Fate::Kicked => assert_eq!(first.is_kicked(), "logged in on another device"),
            }
            assert!(rpc.is_none_or(|mut client| client.is_alive()));
            assert!(binary.is_none_or(|mut client| client.is_alive()));
        }
    }
}

#[test]
fn a_store_fault_closes_without_an_answer_and_passes() {
    let file = std::env::temp_dir().join(format!("gateway-jsonrpc-fault-{}", std::process::id()));
    let gateway = GatewayProcess::start(&[&format!("--store=faulty:{}", file.display())]);
    gateway.issue("alice", "s3cret", 2, 0);
    for (transport, dial) in TRANSPORTS {
        let mut before = dial(&gateway).connected(2, transport, "s3cret");
        std::fs::write(&file, "").unwrap();
        for token in ["s3cret", "wrong"] {
            assert_eq!(dial(&gateway).connect(2, "new", token), None, "{transport}");
        }
        let mut binary = Socket::tcp(gateway.tcp);
        let key = KeyPair::new().client_key();
        binary.send(&Hello::new("s3cret").connect(&key));
        assert_eq!(binary.receive(), None);
        assert!(before.is_alive(), "who is in stays in");
        std::fs::remove_file(&file).unwrap();
        assert!(dial(&gateway).connected(2, "new", "s3cret").is_alive());
    }
    gateway.log_line("cause=\"store\"");
}
