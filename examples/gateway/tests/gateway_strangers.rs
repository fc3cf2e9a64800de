//! What those can do who have no business here: web pages, and connections that say nothing.
#![cfg(unix)]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

/// More than the manager port lets wait.
const SILENT: usize = 300;

/// Of these the newest, that nothing but their own silence may end.
const NEWEST: usize = 200;

/// The status of a request whose head has these lines.
fn status(gateway: &GatewayProcess, path: &str, head: &str) -> u16 {
    let body = r#"{"uid":"mallory","token":"s3cret","device_flag":0}"#;
    let mut stream = TcpStream::connect(gateway.http).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\n{head}content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn web_pages_register_and_revoke_nothing() {
    let gateway = GatewayProcess::start(&["--allowed-host=im.example,gateway"]);
    let port = gateway.http.port();
    let own = format!("host: 127.0.0.1:{port}\r\n");
    for head in [
        format!("{own}origin: http://evil.example\r\n"),
        format!("{own}origin: http://127.0.0.1:1\r\ncontent-type: text/plain\r\n"),
        format!("{own}origin: null\r\n"),
        format!("{own}origin: https://127.0.0.1:{port}\r\n"),
        format!("{own}sec-fetch-site: cross-site\r\n"),
        format!("{own}sec-fetch-site: same-site\r\n"),
        format!("host: evil.example:{port}\r\n"),
        format!(
            "host: evil.example:{port}\r\norigin: http://evil.example:{port}\r\nsec-fetch-site: same-origin\r\n"
        ),
    ] {
        for path in ["/user/token", "/user/device_quit"] {
            assert_eq!(status(&gateway, path, &head), 403, "{path} {head}");
        }
    }
    let mallory = Hello {
        uid: "mallory",
        ..Hello::new("s3cret")
    };
    let connect = || Client::connect(Socket::tcp(gateway.tcp), mallory);
    assert!(connect().is_err(), "nothing was registered");

    // As curl and business servers send it.
    for head in [
        own.clone(),
        format!("{own}content-type: application/x-www-form-urlencoded\r\nuser-agent: curl/8\r\n"),
        format!("{own}content-type: application/json\r\n"),
        format!("host: localhost:{port}\r\n"),
        format!("host: [::1]:{port}\r\n"),
        format!("{own}origin: http://127.0.0.1:{port}\r\n"),
        "host: im.example\r\n".to_owned(),
        // As a proxy hands on what came to it over TLS.
        "host: im.example\r\norigin: https://im.example\r\n".to_owned(),
        format!("host: GATEWAY:{port}\r\n"),
    ] {
        assert_eq!(status(&gateway, "/user/token", &head), 200, "{head}");
    }
    assert!(connect().is_ok());
}

/// What a page cannot know keeps it out, and business servers may call us as they like.
#[test]
fn with_a_manager_token_any_host_is_right() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    let host = "host: evil.example\r\norigin: http://evil.example\r\n";
    assert_eq!(status(&gateway, "/user/token", host), 401);
    let head = format!("{host}token: m4nager\r\n");
    assert_eq!(status(&gateway, "/user/token", &head), 200);
}

#[test]
fn silent_connections_do_not_keep_the_business_server_out() {
    let gateway = GatewayProcess::start(&[]);
    let silent: Vec<_> = (0..SILENT)
        .map(|_| TcpStream::connect(gateway.http).unwrap())
        .collect();
    gateway.issue("alice", "s3cret", 0, 0);
    // It has not waited for their end.
    let open = silent
        .iter()
        .rev()
        .take(NEWEST)
        .filter(|stream| is_open(stream));
    assert_eq!(open.count(), NEWEST);
    gateway.quit("alice", 0);
}

#[test]
fn one_address_does_not_take_all_places_of_clients() {
    let gateway = GatewayProcess::start(&["--max-unauthenticated=4", "--connect-timeout=300"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let silent = [(); 4].map(|()| TcpStream::connect(gateway.tcp).unwrap());
    let other = Socket::Tcp {
        stream: connect_from("127.0.0.2:0", gateway.tcp),
        received: Vec::new(),
    };
    let mut client = Client::connect(other, Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
    // The oldest has made room.
    silent[0].set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!((&silent[0]).read(&mut [0]).unwrap(), 0);
    assert!(silent[1..].iter().all(is_open));
}

#[test]
fn a_health_check_needs_no_token() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    let (status, _) = gateway.request("GET", "/health", "", "");
    assert_eq!(status, 200);
}

fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Another address of this machine.
fn connect_from(source: &str, target: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(source.parse().unwrap()).unwrap();
        socket.connect(target).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}
