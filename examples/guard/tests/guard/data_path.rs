//! Who gets through, with which bytes, and of whom upstream never hears.

use std::io::{Read, Write};
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Client, Hello, KeyPair, TRANSPORTS};
use wukongim_test_support::common::refusal;
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::model::Model;
use crate::setup::{
    Recorder, eventually, guard_before, guard_before_gateway, nobody, read_to_end, send,
};

pub const JSON_RPC: &str =
    r#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;

/// A guard that knows alice, before ports that record.
pub fn before_recorders(arguments: &[&str]) -> (GatewayProcess, Model, [Recorder; 2]) {
    let (model, recorders) = (Model::start(), [Recorder::start(), Recorder::start()]);
    model.register("alice", 0, "s3cret");
    let [tcp, ws] = recorders.each_ref().map(|port| port.address.to_string());
    let guard = guard_before([&model.server.address, &tcp, &ws], arguments);
    (guard, model, recorders)
}

#[test]
fn a_client_that_is_let_in_talks_to_upstream_with_keys_of_its_own() {
    let (guard, gateway) = guard_before_gateway(&[]);
    guard.issue("alice", "s3cret", 0, 0);
    for (transport, dial) in TRANSPORTS {
        let client = Client::connect(dial(&guard), Hello::new("s3cret"));
        let mut client = client.unwrap_or_else(|reason| panic!("{transport}: {reason:?}"));
        let message = client.message(1, b"hello");
        client.socket.send(&message);
        assert_eq!(client.sendack(), (1, 1), "{transport}");
        assert_eq!(client.recv(), b"hello", "{transport}");
        assert!(client.is_alive(), "{transport}");
    }
    gateway.log_line("token verify ok");
}

#[test]
fn upstream_gets_the_very_bytes_over_tcp() {
    let (guard, _model, [tcp, _]) = before_recorders(&[]);
    let binary = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    // Another version, what came behind CONNECT in the same read, and JSON-RPC with its whitespace.
    let with_more = [&binary[..], b"\x70\x70\x30"].concat();
    let json = format!(" {JSON_RPC}\n{{\"met");
    for (number, bytes) in [binary, with_more, json.into_bytes()].iter().enumerate() {
        let mut stream = send(guard.tcp, bytes);
        stream.write_all(b"and later").unwrap();
        let expected = [&bytes[..], b"and later"].concat();
        eventually("the bytes arrive", || tcp.heard(number) == expected);
    }
}

#[test]
fn a_connect_may_come_byte_by_byte() {
    let (guard, _model, [tcp, _]) = before_recorders(&[]);
    let bytes = Hello::new("s3cret").connect("");
    let mut stream = send(guard.tcp, b"");
    for byte in &bytes {
        assert_eq!(
            tcp.connections(),
            0,
            "upstream hears of nobody who is not verified"
        );
        stream.write_all(&[*byte]).unwrap();
    }
    eventually("the bytes arrive", || tcp.heard(0) == bytes);
}

/// A WebSocket through the guard, and what upstream has of it.
pub fn websocket(guard: &GatewayProcess) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(guard.ws).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let url = format!("ws://{}/path?query=1", guard.ws);
    tungstenite::client(url, stream).unwrap().0
}

#[test]
fn websocket_messages_keep_their_kind_their_pings_and_their_close_code() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    // Says back what comes, of the same kind, and at last that it is over.
    let ws = Recorder::serving(|stream, _| {
        let Ok(mut socket) = tungstenite::accept(stream) else {
            return;
        };
        while let Ok(message) = socket.read() {
            if message.is_close() {
                let _ = socket.flush();
            } else if message.is_ping() {
                let _ = socket.send(Message::Binary("pinged".into()));
            } else {
                let _ = socket.send(message);
            }
        }
    });
    let address = ws.address.to_string();
    let guard = guard_before([&model.server.address, &nobody(), &address], &[]);
    let connect = Hello::new("s3cret").connect("");
    for first in [Message::binary(connect), Message::text(JSON_RPC)] {
        let mut socket = websocket(&guard);
        socket.send(Message::Ping("early".into())).unwrap();
        socket.send(first.clone()).unwrap();
        let mut came = Vec::new();
        while came.len() < 3 {
            came.push(socket.read().unwrap());
        }
        assert!(came.contains(&Message::Pong("early".into())), "{came:?}");
        assert!(came.contains(&first) && came.contains(&Message::binary("pinged")));
        socket.send(Message::text("text")).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("text"));
        socket.send(Message::binary(vec![7; 100_000])).unwrap();
        assert_eq!(socket.read().unwrap(), Message::binary(vec![7; 100_000]));
        let close = tungstenite::protocol::CloseFrame {
            code: 4321.into(),
            reason: "why".into(),
        };
        socket.close(Some(close.clone())).unwrap();
        assert_eq!(socket.read().unwrap(), Message::Close(Some(close)));
    }
}

#[test]
fn a_refused_client_is_told_so_and_never_reaches_upstream() {
    let (guard, _model, recorders) = before_recorders(&[]);
    let refused = |bytes: &[u8]| read_to_end(&mut send(guard.tcp, bytes));
    let (reply, is_orderly) = refused(&Hello::new("wrong").connect(""));
    assert_eq!((reply, is_orderly), (refusal(2), true));
    let (reply, _) = refused(JSON_RPC.replace("s3cret", "wrong").as_bytes());
    let reply = String::from_utf8(reply).unwrap();
    assert!(
        reply.contains("\"error\"") || reply.contains("reasonCode"),
        "{reply}"
    );
    guard.log_line("cause=\"mismatch\"");

    for (transport, dial) in TRANSPORTS {
        let refused = Client::connect(dial(&guard), Hello::new("wrong")).err();
        assert_eq!(refused, Some(ReasonCode::AuthFail), "{transport}");
    }
    let mut socket = websocket(&guard);
    socket
        .send(Message::text(JSON_RPC.replace("s3cret", "wrong")))
        .unwrap();
    assert!(socket.read().unwrap().is_text(), "as it was asked");
    assert!(socket.read().unwrap().is_close());
    let heard = recorders.each_ref().map(Recorder::connections);
    assert_eq!(heard, [0, 0], "upstream hears of none of them");
    assert!(!guard.log().contains("s3cret"));
}

#[test]
fn what_is_no_connect_is_closed_without_an_answer() {
    let (guard, _model, recorders) = before_recorders(&["--connect-timeout=1"]);
    for bytes in [&b"\x70"[..], b"GET / HTTP/1.1\r\n\r\n", b""] {
        let (reply, is_orderly) = read_to_end(&mut send(guard.tcp, bytes));
        assert_eq!(
            (reply.as_slice(), is_orderly),
            (&b""[..], true),
            "{bytes:?}"
        );
    }
    let (answer, _) = read_to_end(&mut send(guard.ws, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    assert!(answer.starts_with(b"HTTP/1.1 426 "), "{answer:?}");
    assert_eq!(recorders.each_ref().map(Recorder::connections), [0, 0]);
}

#[test]
fn without_upstream_a_client_is_closed_without_an_answer() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    // One that takes connections, and never answers a WebSocket.
    let (silent, nobody) = (Recorder::silent(), nobody());
    let silent = silent.address.to_string();
    let addresses = [model.server.address.as_str(), &nobody, &silent];
    let guard = guard_before(addresses, &["--upstream-timeout=0.5"]);
    let (reply, is_orderly) = read_to_end(&mut send(guard.tcp, &Hello::new("s3cret").connect("")));
    assert_eq!((reply.as_slice(), is_orderly), (&b""[..], true));

    let mut socket = websocket(&guard);
    socket.send(Message::text(JSON_RPC)).unwrap();
    assert!(socket.read().is_err(), "no message, no close: the end");
    guard.log_line("cannot be reached: timed out");
}

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

#[test]
fn at_its_end_it_closes_everybody_and_reports() {
    let (guard, gateway) = guard_before_gateway(&[]);
    guard.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(TRANSPORTS[0].1(&guard), Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
    assert!(guard.terminate().success());
    let mut rest = Vec::new();
    let _ = client
        .socket
        .stream()
        .try_clone()
        .unwrap()
        .read_to_end(&mut rest);
    assert_eq!(rest, b"");
    gateway.log_line("disconnected");
}
