//! The example gateway with clients that speak JSON-RPC.
#![cfg(unix)]

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wukongim_test_support::client::rpc::{RpcClient, RpcSocket, TRANSPORTS};
use wukongim_test_support::gateway_process::GatewayProcess;

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
                "serverVersion": 6, "timeDiff": time_diff, "reasonCode": 1, "nodeId": 77,
                "server_version": 6, "time_diff": time_diff, "reason_code": 1, "node_id": 77,
                "serverKey": "", "server_key": "", "salt": "",
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
