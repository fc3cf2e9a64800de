//! Clients of the guard: what they say, what they hear, and whether they get through.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tokio_tungstenite::tungstenite::{self, WebSocket};
use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::setup::{Recorder, eventually};

pub const JSON_RPC: &str =
    r#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;

pub fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// All that comes until the end, and whether it was an orderly one.
pub fn read_to_end(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    if let Err(error) = &ended {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "no end");
    }
    (bytes, ended.is_ok())
}

/// Upstream's, which says that the client is through.
pub fn expect_answer(client: &mut TcpStream) {
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"!");
}

/// A WebSocket through the guard, and what upstream has of it.
pub fn websocket(guard: &GatewayProcess) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(guard.ws).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let url = format!("ws://{}/path?query=1", guard.ws);
    tungstenite::client(url, stream).unwrap().0
}

/// Whether a client with this token gets through.
pub fn passes(
    guard: &GatewayProcess,
    tcp: &Recorder,
    uid: &str,
    device_flag: u8,
    token: &str,
) -> bool {
    let hello = Hello {
        uid,
        device_flag,
        ..Hello::new(token)
    };
    let before = tcp.connections();
    let mut stream = send(guard.tcp, &hello.connect(""));
    let mut is_through = false;
    eventually("a verdict", || {
        is_through = tcp.connections() > before;
        stream.set_nonblocking(true).unwrap();
        let answered = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).unwrap();
        is_through || answered
    });
    if !is_through {
        assert_ne!(read_to_end(&mut stream).0, b"", "refused, not closed");
    }
    is_through
}
