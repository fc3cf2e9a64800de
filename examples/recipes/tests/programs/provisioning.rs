//! The provisioning service, by raw requests: what it registers, and whom it refuses.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, Token, verify};

use crate::client::exchange;
use crate::provisioning::{Provisioning, router};

/// What is answered: the status, and the body.
fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> (u16, Value) {
    let len = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {len}\r\n{headers}\r\n{body}"
    );
    let reply = String::from_utf8(exchange(address, request.as_bytes())).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

const MANAGER: &str = "token: manager-s3cret\r\n";
const ALICE: &str = r#"{"uid":"alice","token":"s3cret","device_flag":1,"device_level":0}"#;

#[tokio::test(flavor = "multi_thread")]
async fn it_registers_revokes_and_refuses_as_upstream() {
    let tokens = Arc::new(MemoryStore::new());
    let provisioning = Provisioning {
        tokens: tokens.clone(),
        manager_token: Token::new("manager-s3cret").into(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router(Arc::new(provisioning))).await });
    spawn_blocking(move || requests(address, &tokens))
        .await
        .unwrap();
}

fn requests(address: SocketAddr, tokens: &MemoryStore) {
    let label = || {
        let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
        let verdict = verify(tokens, &credentials, Timestamp::now());
        verdict.map_or_else(|error| error.label(), |_| "accepted")
    };
    // Nobody but the manager, and no web page: nothing is registered.
    for headers in ["", "token: guess\r\n", "token: \r\n"] {
        let (status, body) = post(address, "/user/token", headers, ALICE);
        assert_eq!((status, &body["status"]), (401, &json!(401)), "{headers}");
    }
    let page = [MANAGER, "origin: http://evil.example\r\n"].concat();
    assert_eq!(post(address, "/user/token", &page, ALICE).0, 403);
    assert_eq!(label(), "not_issued");

    // Whatever the content type.
    for content_type in [
        "",
        "content-type: text/plain\r\n",
        "content-type: application/json\r\n",
    ] {
        let headers = [MANAGER, content_type].concat();
        let answer = post(address, "/user/token", &headers, ALICE);
        assert_eq!(answer, (200, json!({"status": 200})), "{content_type}");
    }
    assert_eq!(label(), "accepted");

    for (body, message) in [
        (r#"{"uid":"","token":"s3cret"}"#, "uid must not be empty"),
        (
            r#"{"uid":"a","token":7}"#,
            "token should be a string, but is a number at line 1 column 20",
        ),
        ("s3cret", "the body is not JSON"),
    ] {
        let (status, answer) = post(address, "/user/token", MANAGER, body);
        assert_eq!(
            (status, answer),
            (400, json!({"msg": message, "status": 400}))
        );
    }
    let long = format!(r#"{{"uid":"{}"}}"#, "u".repeat(64 << 10));
    assert_eq!(post(address, "/user/token", MANAGER, &long).0, 413);

    let quit = r#"{"uid":"alice","device_flag":-1}"#;
    assert_eq!(post(address, "/user/device_quit", MANAGER, quit).0, 200);
    assert_eq!(label(), "revoked");
}
