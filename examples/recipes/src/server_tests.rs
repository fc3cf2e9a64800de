//! The recipes with a server, by clients over loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use wukongim_auth::{DeviceFlag, Ready};

use super::tests::{CASES, Store, connect, reason};
use super::{axum_websocket, threads, tokio_tcp};

fn expect_answers_over_tcp(address: SocketAddr) {
    for (uid, token, expected) in CASES {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let (first, second) = (connect(uid, DeviceFlag::App, token), b"\x70");
        let (half, other_half) = first.split_at(9);
        for chunk in [half, other_half, second] {
            stream.write_all(chunk).unwrap();
        }
        let mut reply = [0; 128];
        let len = match stream.read(&mut reply) {
            Ok(len) => len,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(
            (len > 0).then(|| reason(&reply[..len])),
            expected,
            "{uid} {token}"
        );
    }
}

#[test]
fn threads_serve() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || threads::serve(&listener, &Arc::new(Store::new())));
    expect_answers_over_tcp(address);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokio_serves() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tokio_tcp::serve(listener, Arc::new(Ready(Store::new()))));
    tokio::task::spawn_blocking(move || expect_answers_over_tcp(address))
        .await
        .unwrap();
}

async fn axum_at() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = any(axum_websocket::connect::<Ready<Store>>);
    let router = Router::new().route("/", connect);
    let router = router.with_state(Arc::new(Ready(Store::new())));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The first message that comes back.
async fn answer_over_websocket(address: SocketAddr, request: Message) -> Option<Message> {
    let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    socket
        .send(Message::Ping("still there?".into()))
        .await
        .unwrap();
    socket.send(request).await.unwrap();
    loop {
        match socket.next().await?.ok()? {
            Message::Pong(_) => {}
            Message::Close(_) => return None,
            other => return Some(other),
        }
    }
}

#[tokio::test]
async fn axum_serves_the_binary_protocol() {
    let address = axum_at().await;
    for (uid, token, expected) in CASES {
        let request = Message::binary(connect(uid, DeviceFlag::App, token));
        let reply = answer_over_websocket(address, request).await;
        let reason = reply.map(|reply| reason(&reply.into_data()));
        assert_eq!(reason, expected, "{uid} {token}");
    }
}

#[tokio::test]
async fn axum_serves_json_rpc() {
    let address = axum_at().await;
    for (token, expected) in [("s3cret", "\"result\""), ("s3cres", "\"error\"")] {
        let request = format!(
            r#"{{"method":"connect","id":"1","params":{{"uid":"alice","token":"{token}","deviceFlag":0}}}}"#
        );
        let reply = answer_over_websocket(address, Message::text(request)).await;
        let Some(Message::Text(reply)) = reply else {
            panic!("no text: {reply:?}")
        };
        assert!(reply.contains(expected), "{reply}");
    }
}
