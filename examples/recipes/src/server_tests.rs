//! The recipes with a server, by clients over loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use wukongim_auth::{DeviceFlag, Ready};
use wukongim_test_support::gateway_process::PATIENCE;

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

/// Sessions that hold all places, one client too many, and another once there is room.
fn expect_two_places_over_tcp(address: SocketAddr) {
    let session = || {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(&connect("alice", DeviceFlag::App, "s3cret"))
            .ok()?;
        let accepted = stream.read(&mut [0; 128]).is_ok_and(|len| len > 0);
        accepted.then_some(stream)
    };
    let sessions = [session().unwrap(), session().unwrap()];
    assert!(session().is_none(), "a third one");
    drop(sessions);
    let started = Instant::now();
    while session().is_none() {
        assert!(started.elapsed() < PATIENCE, "no place is given back");
        thread::sleep(Duration::from_millis(20));
    }
}

fn threads_at(places: usize) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || threads::serve(&listener, &Arc::new(Store::new()), places));
    address
}

async fn tokio_at(places: usize) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = Arc::new(Ready(Store::new()));
    tokio::spawn(tokio_tcp::serve(listener, store, places));
    address
}

#[test]
fn threads_serve() {
    expect_answers_over_tcp(threads_at(100));
}

#[test]
fn threads_have_so_many_places() {
    expect_two_places_over_tcp(threads_at(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokio_serves() {
    let address = tokio_at(100).await;
    let expect = move || expect_answers_over_tcp(address);
    tokio::task::spawn_blocking(expect).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokio_has_so_many_places() {
    let address = tokio_at(2).await;
    let expect = move || expect_two_places_over_tcp(address);
    tokio::task::spawn_blocking(expect).await.unwrap();
}

#[tokio::test]
async fn axum_has_so_many_places() {
    let address = axum_at(2).await;
    let session = async || {
        let (mut socket, _) = connect_async(format!("ws://{address}/")).await.ok()?;
        let request = connect("alice", DeviceFlag::App, "s3cret");
        socket.send(Message::binary(request)).await.ok()?;
        socket.next().await?.ok()?;
        Some(socket)
    };
    let sessions = [session().await.unwrap(), session().await.unwrap()];
    assert!(session().await.is_none(), "a third one");
    drop(sessions);
    let started = Instant::now();
    while session().await.is_none() {
        assert!(started.elapsed() < PATIENCE, "no place is given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn axum_at(places: usize) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = any(axum_websocket::connect::<Ready<Store>>);
    let router = Router::new().route("/", connect);
    let router = router.with_state(Arc::new(Ready(Store::new())));
    tokio::spawn(axum_websocket::serve(listener, router, places));
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
    let address = axum_at(100).await;
    for (uid, token, expected) in CASES {
        let request = Message::binary(connect(uid, DeviceFlag::App, token));
        let reply = answer_over_websocket(address, request).await;
        let reason = reply.map(|reply| reason(&reply.into_data()));
        assert_eq!(reason, expected, "{uid} {token}");
    }
}

#[tokio::test]
async fn axum_serves_json_rpc() {
    let address = axum_at(100).await;
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
