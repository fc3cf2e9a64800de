//! What the WebSocket port says to those who are no client, and why it closes.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

fn answer(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn plain_http_is_told_what_is_expected() {
    let gateway = GatewayProcess::start(&[]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "426 "),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n",
            "426 ",
        ),
        ("GET /healthy HTTP/1.1\r\nhost: a\r\n\r\n", "426 "),
        ("GET /health HTTP/1.1\r\nhost: a\r\n\r\n", "200 "),
        ("GET /health HTTP/1.0\r\n\r\n", "200 "),
        (
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            "426 ",
        ),
    ] {
        let answer = String::from_utf8(answer(gateway.ws, request.as_bytes())).unwrap();
        let (_, rest) = answer.split_once(' ').unwrap_or_default();
        assert!(rest.starts_with(status), "{request}: {answer}");
        let names_version = answer.contains("sec-websocket-version: 13\r\n");
        assert_eq!(names_version, status == "426 ", "{answer}");
    }
}

#[test]
fn http_that_cannot_be_read_is_told_so() {
    let gateway = GatewayProcess::start(&[]);
    let long = format!("GET / HTTP/1.1\r\nhost: {}\r\n", "a".repeat(64 * 1024));
    for request in [
        "GET / HTTP/9.9 nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\u{1}\r\n\r\n",
        &long,
    ] {
        let answer = String::from_utf8(answer(gateway.ws, request.as_bytes())).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n"),
            "{answer}"
        );
    }
    // To something else, an answer in HTTP would be noise.
    for request in [
        &b"\x16\x03\x01\x00\xf4\x01"[..],
        b"\x10\x00\x01",
        b"get / HTTP/1.1\r\n\x01",
    ] {
        assert_eq!(answer(gateway.ws, request), b"", "{request:?}");
    }
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Behind the answer to the upgrade: the code of the Close, if there is nothing else.
fn close_code(answer: &[u8]) -> Option<u16> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    match answer[end + 4..] {
        [0x88, _, high, low, ..] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

#[test]
fn a_fault_of_the_client_has_its_code() {
    let gateway = GatewayProcess::start(&[]);
    for (what, frames, code) in [
        ("no mask", b"\x82\x01a".to_vec(), 1002),
        ("an unknown opcode", b"\x83\x80\0\0\0\0".to_vec(), 1002),
        ("no UTF-8", b"\x81\x81\0\0\0\0\xff".to_vec(), 1007),
        (
            "2^20 bytes",
            b"\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0".to_vec(),
            1009,
        ),
    ] {
        let request = [UPGRADE.as_bytes(), &frames].concat();
        // What comes behind an upgrade in the same packet would be no WebSocket's.
        let mut stream = TcpStream::connect(gateway.ws).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (upgrade, frames) = request.split_at(UPGRADE.len());
        stream.write_all(upgrade).unwrap();
        let mut answer = vec![0; 4096];
        let len = stream.read(&mut answer).unwrap();
        answer.truncate(len);
        stream.write_all(frames).unwrap();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(close_code(&answer), Some(code), "{what}");
    }
}

/// Fragments of one message, that never ends, of a client that has not said who it is.
#[test]
fn too_much_before_connect_is_a_fault_of_its_own() {
    let gateway = GatewayProcess::start(&["--connect-timeout=300"]);
    let mut stream = TcpStream::connect(gateway.ws).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(UPGRADE.as_bytes()).unwrap();
    let mut answer = vec![0; 4096];
    let len = stream.read(&mut answer).unwrap();
    answer.truncate(len);
    // The first is of binary data, the others continue it.
    for kind in [2, 0, 0, 0] {
        let head = [kind, 0xfe, 0x20, 0, 0, 0, 0, 0];
        let _ = stream.write_all(&[&head[..], &[0; 8 * 1024]].concat());
    }
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(close_code(&answer), Some(1008));
}

#[test]
fn a_subprotocol_is_chosen_if_it_is_known() {
    let upgrade = |gateway: &GatewayProcess, lines: &str| {
        let request = UPGRADE.replace("host: a\r\n", &format!("host: a\r\n{lines}"));
        let mut stream = TcpStream::connect(gateway.ws).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = vec![0; 4096];
        let len = stream.read(&mut answer).unwrap();
        let answer = String::from_utf8(answer[..len].to_vec()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        let name = "sec-websocket-protocol: ";
        let chosen = answer.lines().filter_map(|line| line.strip_prefix(name));
        chosen.map(str::to_owned).collect::<Vec<_>>()
    };
    let gateway = GatewayProcess::start(&["--ws-protocol=im,wukongim"]);
    for (offered, chosen) in [
        ("sec-websocket-protocol: wukongim\r\n", &["wukongim"][..]),
        (
            "sec-websocket-protocol: mqtt ,wukongim,im\r\n",
            &["wukongim"],
        ),
        (
            "Sec-WebSocket-Protocol: mqtt\r\nsec-websocket-protocol: im\r\n",
            &["im"],
        ),
        ("sec-websocket-protocol: mqtt\r\n", &[]),
        ("sec-websocket-protocol: IM\r\n", &[]),
        ("sec-websocket-protocol: \r\n", &[]),
        ("", &[]),
    ] {
        assert_eq!(upgrade(&gateway, offered), chosen, "{offered}");
    }
    // By default none is: so it was for all clients until now.
    let gateway = GatewayProcess::start(&[]);
    assert_eq!(upgrade(&gateway, "sec-websocket-protocol: im\r\n"), [""; 0]);
    let output = GatewayProcess::run(&["--ws-protocol=im,two words"]);
    assert!(!output.status.success());
}

#[test]
fn a_server_that_goes_says_so() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(Socket::ws(gateway.ws), Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
    assert_eq!(gateway.terminate().code(), Some(0));
    let mut last = Vec::new();
    let _ = client.socket.stream().read_to_end(&mut last);
    assert_eq!(last, [0x88, 2, 0x03, 0xe9], "1001, going away");
}
