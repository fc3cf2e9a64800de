//! Behind a load balancer: whose word is taken for where clients come from.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use wukongim_serving::proxy_protocol::{Addresses, Header};
use wukongim_test_support::client::rpc::RpcClient;
use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

const SOURCE: &str = "192.0.2.1:4711";

fn version_1() -> Vec<u8> {
    b"PROXY TCP4 192.0.2.1 198.51.100.2 4711 5100\r\n".to_vec()
}

fn version_2() -> Vec<u8> {
    let addresses = Addresses {
        source: SOURCE.parse().unwrap(),
        destination: "198.51.100.2:5100".parse().unwrap(),
    };
    let header = Header {
        addresses: Some(addresses),
    };
    header.encode()
}

fn gateway(arguments: &[&str]) -> GatewayProcess {
    let gateway = GatewayProcess::start(arguments);
    gateway.issue("alice", "s3cret", 0, 0);
    gateway
}

/// What the gateway answers before it closes.
fn answer(address: SocketAddr, chunks: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    for chunk in chunks {
        // It may have closed already, for what came before.
        let _ = stream.write_all(chunk);
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn the_address_is_that_of_the_header_of_a_trusted_proxy() {
    let gateway = gateway(&["--proxy-protocol=10.0.0.0/8,127.0.0.1"]);
    for header in [version_1(), version_2()] {
        for socket in [
            Socket::tcp_after(&header, gateway.tcp),
            Socket::ws_after(&header, gateway.ws),
        ] {
            let mut client = Client::connect(socket, Hello::new("s3cret")).unwrap();
            assert!(client.is_alive());
        }
        for socket in [
            Socket::tcp_after(&header, gateway.tcp),
            Socket::ws_after(&header, gateway.ws),
        ] {
            assert!(Client::connect(socket, Hello::new("wrong")).is_err());
        }
    }
    let connected = gateway.log_line("connected");
    assert!(connected.contains(SOURCE), "{connected}");
    let refused = gateway.log_line("label=\"mismatch\"");
    assert!(refused.contains(SOURCE), "{refused}");
}

#[test]
fn a_header_may_come_in_any_chunks() {
    let gateway = gateway(&["--proxy-protocol=127.0.0.0/8"]);
    for header in [version_1(), version_2()] {
        let mut socket = Socket::tcp_after(b"", gateway.tcp);
        for byte in header {
            socket.send(&[byte]);
        }
        let mut client = Client::connect(socket, Hello::new("s3cret")).unwrap();
        assert!(client.is_alive());
    }
}

#[test]
fn a_proxy_that_knows_no_client_is_itself_the_client() {
    let gateway = gateway(&["--proxy-protocol=127.0.0.1"]);
    for header in [
        b"PROXY UNKNOWN\r\n".to_vec(),
        Header { addresses: None }.encode(),
    ] {
        let socket = Socket::tcp_after(&header, gateway.tcp);
        assert!(Client::connect(socket, Hello::new("s3cret")).is_ok());
    }
    let connected = gateway.log_line("connected");
    assert!(connected.contains("127.0.0.1:"), "{connected}");
}

#[test]
fn a_trusted_proxy_must_send_a_header() {
    let gateway = gateway(&["--proxy-protocol=127.0.0.1"]);
    let connect = Hello::new("s3cret").connect("");
    assert_eq!(answer(gateway.tcp, &[&connect]), b"");
    let refused = gateway.log_line("does not begin with a PROXY protocol header");
    assert!(refused.contains("127.0.0.1:"), "{refused}");

    let malformed = b"PROXY TCP4 192.0.2.1 198.51.100.2 4711 99999\r\n";
    assert_eq!(answer(gateway.ws, &[malformed, b"GET / HTTP/1.1\r\n"]), b"");
    gateway.log_line("invalid destination port");
}

#[test]
fn a_header_from_elsewhere_is_an_error() {
    for arguments in [&["--proxy-protocol=192.0.2.0/24"][..], &[]] {
        let gateway = gateway(arguments);
        let connect = Hello::new("s3cret").connect("");
        for header in [version_1(), version_2()] {
            assert_eq!(answer(gateway.tcp, &[&header, &connect]), b"");
        }
        // Those who send none are served as ever.
        let socket = Socket::tcp(gateway.tcp);
        assert!(Client::connect(socket, Hello::new("s3cret")).is_ok());
        let connected = gateway.log_line("connected");
        assert!(!connected.contains(SOURCE), "{connected}");
        let client = RpcClient::ws(gateway.ws);
        drop(client.connected(0, "phone", "s3cret"));
    }
}

#[test]
fn half_a_header_has_the_deadline_of_a_connect() {
    let gateway = gateway(&["--proxy-protocol=127.0.0.1", "--connect-timeout=0.3"]);
    assert_eq!(answer(gateway.tcp, &[b"PROXY TCP4 192.0.2.1"]), b"");
}

/// Its place is its client's, and so is the refusal: of all clients behind a proxy, the log samples and
/// sums up each by itself.
#[test]
fn a_connection_that_makes_room_is_named_by_its_own_address() {
    let gateway = gateway(&[
        "--proxy-protocol=127.0.0.1",
        "--max-unauthenticated=2",
        "--connect-timeout=300",
        "--log-level=debug",
    ]);
    let greedy = [(); 2].map(|()| Socket::tcp_after(&version_1(), gateway.tcp));
    let other = b"PROXY TCP4 192.0.2.2 198.51.100.2 4712 5100\r\n";
    let started = Instant::now();
    // Until the headers of the others are read, the new connection counts as one more of the proxy.
    while !gateway.log().contains("made room") {
        assert!(started.elapsed() < PATIENCE, "{}", gateway.log());
        let mut newcomer = TcpStream::connect(gateway.tcp).unwrap();
        let _ = newcomer.write_all(other);
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused = gateway.log_line("made room");
    assert!(refused.contains("192.0.2.1:4711"), "{refused}");
    drop(greedy);
}

#[test]
fn what_is_no_network_is_refused_at_the_start() {
    let output = GatewayProcess::run(&["--proxy-protocol=10.0.0.0/8,everybody"]);
    assert!(!output.status.success());
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        printed.contains("\"everybody\" is neither an address nor a network"),
        "{printed}"
    );
}
