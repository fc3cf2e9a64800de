//! A client is answered, and its connection closed, before the cause is looked for: it learns nothing
//! from how long that takes.

use std::net::TcpStream;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_tungstenite::tungstenite::{Message, client};
use wukongim_auth::Ready;
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::gateway_process::PATIENCE;

use crate::client::{connect, reason};
use crate::patient_store::{PatientStore, is_answered_first};
use crate::{hyper_websocket, proxy, servers};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_hyper() {
    let (store, waiting) = PatientStore::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(hyper_websocket::serve(listener, Arc::new(Ready(store))));
    // Not on the runtime: its threads may be the ones that look for the cause.
    let client = spawn_blocking(move || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        let (mut socket, _) = client(format!("ws://{address}/"), stream).unwrap();
        socket.send(Message::binary(connect("s3cres"))).unwrap();
        let reply = socket.read().unwrap();
        assert_eq!(reason(&reply.into_data()), ReasonCode::AuthFail);
        let end = socket.read().unwrap();
        assert!(matches!(end, Message::Close(None)), "{end}");
        assert!(socket.read().is_err(), "it is closed");
        waiting.came_first()
    });
    assert!(client.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn by_the_proxy() {
    let (store, waiting) = PatientStore::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let nowhere = "127.0.0.1:1".to_owned();
    tokio::spawn(proxy::serve(listener, nowhere, Arc::new(Ready(store))));
    let came_first = spawn_blocking(move || is_answered_first(address, waiting)).await;
    assert!(came_first.unwrap());
}

#[test]
fn on_a_local_set() {
    let (store, waiting) = PatientStore::new();
    assert!(is_answered_first(servers::on_a_local_set(store), waiting));
}

#[cfg(target_os = "linux")]
#[test]
fn on_monoio() {
    use crate::monoio_tcp::on_linux::{runtime, serve};
    let (store, waiting) = PatientStore::new();
    let (send, addresses) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().unwrap().block_on(async {
            let listener = monoio::net::TcpListener::bind("127.0.0.1:0").unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            serve(listener, Arc::new(store)).await;
        });
    });
    assert!(is_answered_first(addresses.recv().unwrap(), waiting));
}
