//! The example gateway with clients that speak JSON-RPC.
#![cfg(unix)]

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wukongim_test_support::client::rpc::{RpcClient, RpcSocket};
use wukongim_test_support::client::{Client, Hello, KeyPair, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

type Dial = fn(&GatewayProcess) -> RpcClient;

const TRANSPORTS: [(&str, Dial); 3] = [
    ("tcp", |gateway| RpcClient::tcp(gateway.tcp)),
    ("ws", |gateway| RpcClient::ws(gateway.ws)),
    ("ws, binary", |gateway| RpcClient::ws_binary(gateway.ws)),
];

#[test]
fn the_right_token_connects_and_messages_go_both_ways() {
    let gateway = GatewayProcess::start(&["--node-id=77"]);
    gateway.issue("alice", "s3cret", 2, 0);
    for (transport, dial) in TRANSPORTS {
        let mut client = dial(&gateway);
        let response = client.connect(2, "desk", "s3cret").unwrap();
        let time_diff = response["result"]["timeDiff"].as_i64().unwrap();
        assert!(time_diff > 0, "{response}");
        assert_eq!(
            response,
            json!({"jsonrpc": "2.0", "id": "c-1", "result": {
                "serverVersion": 5, "timeDiff": time_diff, "reasonCode": 1, "nodeId": 77,
            }}),
            "{transport}"
        );
        for seq in 1..=2 {
            let ack = client.call("send", "s-1", message("e30=")).unwrap();
            let id = &ack["result"]["messageId"];
            assert!(id.is_string(), "{ack}");
            assert_eq!(
                ack,
                json!({"jsonrpc": "2.0", "id": "s-1", "result": {
                    "messageId": id, "messageSeq": seq, "reasonCode": 1,
                }})
            );
            let echo = client.receive().unwrap();
            let timestamp = echo["params"]["timestamp"].as_u64().unwrap();
            assert!(timestamp > 1_700_000_000, "{echo}");
            assert_eq!(
                echo,
                json!({"jsonrpc": "2.0", "method": "recv", "params": {
                    "header": {"noPersist": false, "redDot": true, "syncOnce": false, "dup": false},
                    "messageId": id, "messageSeq": seq, "timestamp": timestamp,
                    "channelId": "bob", "channelType": 1, "fromUid": "bob",
                    "clientMsgNo": "no-1e", "payload": "e30=",
                }})
            );
            client
                .send(r#"{"method":"recvack","params":{"messageId":"1","messageSeq":1}}"#)
                .unwrap();
        }
        assert!(client.is_alive(), "{transport}");
    }
}

#[test]
fn a_refusal_is_an_error_with_the_same_id_and_the_end() {
    struct Case {
        params: Value,
        cause: &'static str,
    }
    let case = |params, cause| Case { params, cause };
    for (transport, dial) in TRANSPORTS {
        let gateway = GatewayProcess::start(&[]);
        gateway.issue("alice", "s3cret", 2, 0);
        for Case { params, cause } in [
            case(
                json!({"uid": "alice", "token": "wrong", "deviceFlag": 2}),
                "cause=\"mismatch\"",
            ),
            case(
                json!({"uid": "alice", "token": "s3cret", "deviceFlag": 1}),
                "cause=\"issued_for_other_flag\"",
            ),
            case(
                json!({"uid": "alice", "token": "", "deviceFlag": 2}),
                "cause=\"empty_token\"",
            ),
            case(
                json!({"uid": "alice", "deviceFlag": 2}),
                "cause=\"empty_token\"",
            ),
            case(
                json!({"uid": "mallory", "token": "s3cret", "deviceFlag": 2}),
                "cause=\"not_issued\"",
            ),
            case(
                json!({"token": "s3cret", "deviceFlag": 2}),
                "cause=\"empty_uid\"",
            ),
            // What its operator has to hear: the client sent no flag at all.
            case(
                json!({"uid": "alice", "token": "s3cret"}),
                "device_flag_missing",
            ),
        ] {
            let mut client = dial(&gateway);
            let response = client.call("connect", "id 🔑", params).unwrap();
            assert_eq!(
                response,
                json!({"jsonrpc": "2.0", "id": "id 🔑", "error": {
                    "code": 2, "message": "auth fail",
                }}),
                "{transport} {cause}"
            );
            assert_eq!(client.receive(), None, "a refusal, then the end");
            gateway.log_line(cause);
        }
        assert!(
            !gateway.log().contains("s3cret"),
            "a token in clear in the log"
        );
    }
}

#[test]
fn the_connect_of_every_easy_sdk_is_understood() {
    let gateway = GatewayProcess::start(&[]);
    for flag in [0, 1] {
        gateway.issue("alice", "s3cret", flag, 0);
    }
    for (flag, connect) in [
        (
            0,
            r#"{"jsonrpc":"2.0","method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#,
        ),
        (
            1,
            r#"{"method":"connect","params":{"uid":"alice","token":"s3cret","device_flag":1,"device_id":"d"},"id":"1"}"#,
        ),
        (
            1,
            " \r\n{\"method\":\"connect\",\"id\":\"1\",\"params\":{\"deviceFlag\":1,\"uid\":\"alice\",\"token\":\"s3cret\",\"more\":[{}]}}\n",
        ),
    ] {
        for (transport, dial) in TRANSPORTS {
            let mut client = dial(&gateway);
            client.send(connect).unwrap();
            let response = client.receive().unwrap();
            assert_eq!(response["result"]["reasonCode"], 1, "{transport} {connect}");
            assert!(client.is_alive());
            gateway.quit("alice", flag);
            assert_eq!(
                client.is_kicked(),
                "the token was revoked",
                "it came in under {flag}"
            );
            gateway.issue("alice", "s3cret", u8::try_from(flag).unwrap(), 0);
        }
    }
}

/// The first byte says what a connection speaks, however little comes at once, and what comes right
/// behind connect is kept.
#[test]
fn requests_are_found_however_they_are_cut() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 2, 0);
    let text = concat!(
        r#" {"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret","deviceFlag":2}}"#,
        r#"{"method":"ping","id":"}"}"#,
        "\n",
        r#"{"id":"\"","method":"ping","params":{}}"#,
    );
    for (transport, dial) in TRANSPORTS {
        for size in [1, 7, 50, text.len()] {
            let mut client = dial(&gateway);
            for chunk in text.as_bytes().chunks(size) {
                client.send(std::str::from_utf8(chunk).unwrap()).unwrap();
            }
            for id in ["1", "}", "\""] {
                let response = client.receive().unwrap();
                assert_eq!(response["id"], id, "{transport} in chunks of {size}");
                assert!(response.get("result").is_some());
            }
            assert!(client.is_alive());
        }
    }
}

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

#[test]
fn websocket_pings_are_answered_before_and_behind_connect() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 2, 0);
    let mut client = RpcClient::ws(gateway.ws);
    let ping = |client: &mut RpcClient, text: &'static str| {
        let RpcSocket::Ws { socket, .. } = &mut client.socket else {
            unreachable!("it is one");
        };
        socket.send(Message::Ping(text.into())).unwrap();
        assert_eq!(socket.read().unwrap(), Message::Pong(text.into()));
    };
    ping(&mut client, "before");
    let mut client = client.connected(2, "desk", "s3cret");
    ping(&mut client, "behind");
    assert!(client.is_alive());
}

fn message(payload: &str) -> Value {
    json!({
        "channelId": "bob", "channelType": 1, "clientMsgNo": "no-1",
        "header": {"redDot": true}, "payload": payload,
    })
}
