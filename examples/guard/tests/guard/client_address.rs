//! Upstream is told where its clients come from.

use std::io::Write;
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::PATIENCE;

use crate::clients::{JSON_RPC, send};
use crate::model::Model;
use crate::setup::{Recorder, before_recorders, eventually, guard_before, nobody};

#[test]
fn upstream_learns_the_clients_address_if_it_is_to() {
    let (guard, _model, [tcp, _]) =
        before_recorders(&["--send-proxy", "--proxy-protocol=127.0.0.0/8"]);
    let connect = Hello::new("s3cret").connect("");
    let introduced = [
        &b"PROXY TCP4 192.0.2.7 198.51.100.2 4711 5100\r\n"[..],
        &connect,
    ]
    .concat();
    let _stream = send(guard.tcp, &introduced);
    eventually("it arrives", || tcp.heard(0).ends_with(&connect));
    let heard = tcp.heard(0);
    assert!(
        heard.starts_with(b"\r\n\r\n\0\r\nQUIT\n\x21"),
        "version 2: {heard:?}"
    );
    assert_eq!(heard[16..20], [192, 0, 2, 7]);
    assert_eq!(heard[24..26], 4711_u16.to_be_bytes());
}

/// On its WebSocket port, WuKongIM v2 takes a PROXY protocol header for a request that it cannot read.
#[test]
fn upstream_learns_the_address_of_a_websocket_from_its_headers() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let ws = Recorder::silent();
    let address = ws.address.to_string();
    let addresses = [model.server.address.as_str(), &nobody(), &address];
    let arguments = ["--send-proxy", "--proxy-protocol=127.0.0.0/8"];
    let guard = guard_before(addresses, &arguments);
    let mut stream = TcpStream::connect(guard.ws).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"PROXY TCP4 192.0.2.7 198.51.100.2 4711 5200\r\n")
        .unwrap();
    let url = format!("ws://{}/", guard.ws);
    let mut request = url.into_client_request().unwrap();
    for name in ["x-forwarded-for", "x-real-ip", "x-real-port"] {
        request.headers_mut().insert(name, "9".parse().unwrap());
    }
    let (mut socket, _) = tungstenite::client(request, stream).unwrap();
    socket.send(Message::text(JSON_RPC)).unwrap();
    let mut head = String::new();
    eventually("the request arrives", || {
        head = String::from_utf8(ws.heard(0)).unwrap().to_lowercase();
        head.ends_with("\r\n\r\n")
    });
    assert!(head.starts_with("get / http/1.1\r\n"), "{head}");
    for (name, expected) in [
        ("x-forwarded-for: ", "192.0.2.7"),
        ("x-real-ip: ", "192.0.2.7"),
        ("x-real-port: ", "4711"),
    ] {
        let all: Vec<_> = head
            .lines()
            .filter_map(|line| line.strip_prefix(name))
            .collect();
        assert_eq!(all, [expected], "{name}");
    }
}
