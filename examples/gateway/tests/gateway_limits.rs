//! How long, and how many, connections may wait before they have authenticated.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use wukongim_test_support::client::{Client, Hello, KeyPair, Socket, TRANSPORTS};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn a_connection_that_does_not_say_who_it_is_is_closed() {
    let gateway = GatewayProcess::start(&["--connect-timeout=0.3"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let connect = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    for (_, dial) in TRANSPORTS {
        for said in [&b""[..], &connect[..1], &connect[..connect.len() - 1]] {
            let mut socket = dial(&gateway);
            if !said.is_empty() {
                socket.send(said);
            }
            assert_eq!(socket.receive(), None, "{} bytes", said.len());
        }
    }
    // Not even a WebSocket.
    let mut stream = std::net::TcpStream::connect(gateway.ws).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
    // Who has said it stays for longer.
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(client.is_alive());
}

/// What a queue that is too short drops is tried again after a second.
#[test]
fn a_burst_waits_in_the_queue() {
    let gateway = GatewayProcess::start(&[]);
    let pid = gateway.pid().to_string();
    let signal = |signal: &str| Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(signal("-STOP").success());
    let burst: Vec<_> = (0..400)
        .map(|_| TcpStream::connect_timeout(&gateway.tcp, Duration::from_millis(800)))
        .collect();
    assert!(signal("-CONT").success());
    let accepted = burst.iter().filter(|stream| stream.is_ok()).count();
    assert_eq!(accepted, 400);
}

#[test]
fn connections_that_have_not_authenticated_are_counted() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=2", "--connect-timeout=60"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut alice = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let silent = [Socket::tcp(gateway.tcp), Socket::tcp(gateway.tcp)];
    let mut one_too_many = Socket::tcp(gateway.tcp);
    assert_eq!(one_too_many.receive(), None);
    assert!(alice.is_alive(), "who is in does not count");
    drop(silent);
    // The gateway sees the ends at some time soon.
    let connected = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let mut socket = Socket::tcp(gateway.tcp);
        let hello = Hello::new("s3cret").connect(&KeyPair::new().client_key());
        socket.try_send(&hello).is_ok() && socket.receive().is_some()
    });
    assert!(connected, "places are given back");
}
