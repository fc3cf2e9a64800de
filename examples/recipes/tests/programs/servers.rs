//! Servers that verify: on hyper, in a `LocalSet`, on monoio.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::task::LocalSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{DeviceFlag, MemoryStore, Ready, TokenStore};
use wukongim_test_support::gateway_process::PATIENCE;
use wukongim_test_support::records::{alice_has, issued};

use crate::client::{answer, connect, exchange, expect_pongs, reason};
use crate::{hyper_websocket, local_set};

fn store() -> MemoryStore {
    alice_has([(DeviceFlag::App, issued("s3cret"))])
}

#[tokio::test(flavor = "multi_thread")]
async fn hyper_serves_both_protocols() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(hyper_websocket::serve(listener, Arc::new(Ready(store()))));
    let reply = async |request: Message| {
        let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
        socket.send(Message::Ping("here?".into())).await.unwrap();
        socket.send(request).await.unwrap();
        loop {
            match socket.next().await.unwrap().unwrap() {
                Message::Pong(_) => {}
                other => return other,
            }
        }
    };
    for (token, expected) in [
        ("s3cret", ReasonCode::Success),
        ("s3cres", ReasonCode::AuthFail),
    ] {
        let reply = reply(Message::binary(connect(token))).await;
        assert_eq!(reason(&reply.into_data()), expected, "{token}");
    }
    let rpc =
        r#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret","deviceFlag":0}}"#;
    let first = Message::text(rpc);
    let answer = reply(first.clone()).await.into_text().unwrap();
    assert!(answer.contains("\"result\""), "{answer}");

    let cases = [
        (
            Message::binary(connect("s3cret")),
            Message::binary(&b"\x70"[..]),
            Message::binary(&b"\x80"[..]),
        ),
        (
            first,
            Message::text(r#"{"method":"ping","params":{},"id":"2"}"#),
            Message::text(r#"{"id":"2","jsonrpc":"2.0","result":null}"#),
        ),
    ];
    for (request, ping, pong) in cases {
        let (mut socket, _) = connect_async(format!("ws://{address}/")).await.unwrap();
        socket.send(request).await.unwrap();
        socket.next().await.unwrap().unwrap();
        socket.send(ping).await.unwrap();
        let answer = tokio::time::timeout(PATIENCE, socket.next()).await;
        assert_eq!(answer.expect("an answer").unwrap().unwrap(), pong);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hyper_tells_what_is_no_websocket() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(hyper_websocket::serve(listener, Arc::new(Ready(store()))));
    let get = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let reply = tokio::task::spawn_blocking(move || exchange(address, get));
    let reply = String::from_utf8(reply.await.unwrap()).unwrap();
    assert!(reply.starts_with("HTTP/1.1 426 "), "{reply}");
}

/// On a thread of its own.
pub fn on_a_local_set(store: impl TokenStore<Error = Infallible> + Send + 'static) -> SocketAddr {
    let (send, addresses) = mpsc::channel();
    thread::spawn(move || {
        let store = local_set::LocalStore(Rc::new(store));
        let server = async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            local_set::serve(listener, store).await;
        };
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(LocalSet::new().run_until(server));
    });
    addresses.recv().unwrap()
}

#[test]
fn a_local_set_serves_and_names_the_cause() {
    let address = on_a_local_set(store());
    assert_eq!(answer(address, "s3cret"), Some(ReasonCode::Success));
    assert_eq!(answer(address, "s3cres"), Some(ReasonCode::AuthFail));
    expect_pongs(address);
}

#[cfg(target_os = "linux")]
#[test]
fn monoio_serves() {
    use crate::monoio_tcp::on_linux::{runtime, serve};
    let (send, addresses) = mpsc::channel();
    thread::spawn(move || {
        runtime().unwrap().block_on(async {
            let listener = monoio::net::TcpListener::bind("127.0.0.1:0").unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, Arc::new(store())).await;
        });
    });
    let address = addresses.recv().unwrap();
    assert_eq!(answer(address, "s3cret"), Some(ReasonCode::Success));
    assert_eq!(answer(address, "s3cres"), Some(ReasonCode::AuthFail));
    expect_pongs(address);
}
