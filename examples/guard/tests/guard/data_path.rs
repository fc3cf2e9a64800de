//! Who gets through, and with which bytes.

use std::io::{Read, Write};

use wukongim_test_support::client::{Client, Hello, KeyPair, TRANSPORTS};

use crate::clients::{JSON_RPC, send};
use crate::setup::{before_recorders, eventually, guard_before_gateway};

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
