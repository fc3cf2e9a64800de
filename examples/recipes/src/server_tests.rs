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
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{DeviceFlag, Ready};
use wukongim_test_support::gateway_process::PATIENCE;

use super::tests::{CASES, Store, connect, reason};
use super::{axum_websocket, threads, tokio_tcp};

const PONG: u8 = 0x80;

fn expect_answers_over_tcp(address: SocketAddr) {
    for (uid, token, expected) in CASES {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (first, second) = (connect(uid, DeviceFlag::App, token), b"\x70");
        let (half, other_half) = first.split_at(9);
        for chunk in [half, other_half, second] {
            stream.write_all(chunk).unwrap();
        }
        let (reply, is_ponged) = read_to_pong(&mut stream);
        let reason = (!reply.is_empty()).then(|| reason(&reply));
        assert_eq!(reason, expected, "{uid} {token}");
        // Only a session's PING is answered.
        assert_eq!(is_ponged, reason == Some(ReasonCode::Success));
        if is_ponged {
            // A SEND that comes in two chunks, and a PING right after it.
            for chunk in [&b"\x30\x03\x70"[..], b"\x70\x70\x70"] {
                stream.write_all(chunk).unwrap();
            }
            assert_eq!(read_to_pong(&mut stream), (Vec::new(), true));
        }
    }
}

/// What comes before a PONG, or before the end.
fn read_to_pong(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    let (mut reply, mut chunk) = (Vec::new(), [0; 128]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return (reply, false),
            Ok(len) => reply.extend_from_slice(&chunk[..len]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return (reply, false);
            }
            Err(error) => panic!("{error}"),
        }
        if reply.last() == Some(&PONG) {
            reply.pop();
            return (reply, true);
        }
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

#[tokio::test]
async fn axum_answers_the_pings_of_both_protocols() {
    let address = axum_at(100).await;
    let rpc =
        r#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret","deviceFlag":0}}"#;
    let cases = [
        (
            Message::binary(connect("alice", DeviceFlag::App, "s3cret")),
            Message::binary(&b"\x70"[..]),
            Message::binary(&b"\x80"[..]),
        ),
        (
            Message::text(rpc),
            Message::text(r#"{"method":"ping","params":{},"id":"2"}"#),
            Message::text(r#"{"id":"2","jsonrpc":"2.0","result":null}"#),
        ),
    ];
    for (request, ping, pong) in cases {
        let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
        socket.send(request).await.unwrap();
        socket.next().await.unwrap().unwrap();
        for _ in 0..2 {
            socket.send(ping.clone()).await.unwrap();
            let answer = tokio::time::timeout(PATIENCE, socket.next()).await;
            assert_eq!(answer.expect("an answer").unwrap().unwrap(), pong);
        }
    }
}

/// Without it, SDKs log that the connection broke.
#[tokio::test]
async fn axum_closes_the_websocket_after_a_refusal() {
    let address = axum_at(100).await;
    let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
    let request = connect("alice", DeviceFlag::App, "s3cres");
    socket.send(Message::binary(request)).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let end = socket.next().await;
    assert!(matches!(end, Some(Ok(Message::Close(None)))), "{end:?}");
}
