//! Peers that connect and never say who they are: each costs little, none of them for long, and the
//! gateway goes on serving.
#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use tokio_tungstenite::tungstenite;
use wukongim_test_support::client::rpc::RpcClient;
use wukongim_test_support::client::{Client, Hello, KeyPair, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

/// Peers at the same time, if a process may have that many file descriptors.
const PEERS: usize = 8_000;

/// File descriptors that both processes need for other things.
const OTHERS: usize = 200;

/// What a peer may cost, in KiB; a few times of what was measured.
const MAX_SILENT_KIB: f64 = 16.0;
const MAX_TALKING_KIB: f64 = 48.0;

/// Slow peers at the same time, of each kind.
const SLOW: usize = 100;

/// What a peer does before it says no more.
struct Peer {
    name: &'static str,
    /// Of [`PEERS`], one in so many.
    one_in: usize,
    over_ws: bool,
    said: Vec<u8>,
    max_kib: f64,
}

fn peers() -> Vec<Peer> {
    let peer = |name, over_ws, said: &[u8]| Peer {
        name,
        one_in: 8,
        over_ws,
        said: said.to_vec(),
        max_kib: MAX_TALKING_KIB,
    };
    let mut connect = Hello::new(&"x".repeat(8_000)).connect(&KeyPair::new().client_key());
    connect.truncate(8_000);
    let json = format!(r#"{{"method":"connect","params":{{"token":"{:x>7900}"#, "");
    let upgrade = format!("GET / HTTP/1.1\r\nHost: gateway\r\nx: {:x>8000}", "");
    // Whole messages that are part of a request, then the beginning of the longest that may come.
    let message = [&ws_header(0x80 | 0x2, json.len()), json.as_bytes()].concat();
    let long = [message, ws_header(0x80 | 0x2, 128 * 1024), vec![0; 12_000]].concat();
    let fragment = [ws_header(0x0, 10), vec![b' '; 10]].concat();
    let fragments = [ws_header(0x2, 0), fragment.repeat(800)].concat();
    vec![
        Peer {
            one_in: 1,
            max_kib: MAX_SILENT_KIB,
            ..peer("silent over TCP", false, b"")
        },
        Peer {
            max_kib: MAX_SILENT_KIB,
            ..peer("silent over WebSocket", true, b"")
        },
        peer("in the midst of a long CONNECT", false, &connect),
        peer("in the midst of a long JSON", false, json.as_bytes()),
        peer("in the midst of a long message over WebSocket", true, &long),
        peer(
            "in the midst of many fragments over WebSocket",
            true,
            &fragments,
        ),
        Peer {
            over_ws: false,
            ..peer(UPGRADING, true, upgrade.as_bytes())
        },
    ]
}

/// This one has no WebSocket yet.
const UPGRADING: &str = "in the midst of a long upgrade to WebSocket";

impl Peer {
    fn dial(&self, gateway: &GatewayProcess) -> TcpStream {
        let is_ws = self.over_ws || self.name == UPGRADING;
        let address = if is_ws { gateway.ws } else { gateway.tcp };
        let mut stream = TcpStream::connect(address).unwrap();
        if self.over_ws {
            let (socket, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
            stream = socket.get_ref().try_clone().unwrap();
        }
        stream.write_all(&self.said).unwrap();
        stream
    }
}

/// A WebSocket frame's, masked with zeros.
fn ws_header(first: u8, len: usize) -> Vec<u8> {
    let mut header = vec![first, 0xff];
    header.extend(u64::try_from(len).unwrap().to_be_bytes());
    header.extend([0; 4]);
    header
}

#[test]
fn thousands_of_strangers_cost_little_and_shut_nobody_out() {
    let most = PEERS.min(file_descriptors() - OTHERS);
    for peer in peers() {
        let Peer {
            name,
            one_in,
            max_kib,
            ..
        } = peer;
        let count = most / one_in;
        let gateway =
            GatewayProcess::start(&["--max-unauthenticated=10000", "--connect-timeout=300"]);
        gateway.issue("alice", "s3cret", 0, 0);
        let mut honest = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
        let before = gateway.memory_kib("VmRSS");
        let sockets: Vec<TcpStream> = (0..count).map(|_| peer.dial(&gateway)).collect();
        // Clients that connect after them are served.
        for socket in [Socket::tcp(gateway.tcp), Socket::ws(gateway.ws)] {
            let latecomer = Hello {
                device_id: "another",
                ..Hello::new("s3cret")
            };
            assert!(Client::connect(socket, latecomer).unwrap().is_alive());
        }
        assert!(honest.is_alive());
        let grown = u32::try_from(settled_kib(&gateway).saturating_sub(before)).unwrap();
        let each = f64::from(grown) / f64::from(u32::try_from(count).unwrap());
        println!("{count} peers {name}: {each:.2} KiB each");
        assert!(each < max_kib, "{each} KiB for each peer {name}");
        let closed = sockets.iter().filter(|stream| is_closed(stream)).count();
        assert_eq!(closed, 0, "they are all still there");
    }
}

/// One byte a second: the deadline is for the whole CONNECT, not for each byte of it.
#[test]
fn slow_peers_are_closed_and_hold_up_nobody() {
    let gateway = GatewayProcess::start(&["--connect-timeout=3"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut honest = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let connect = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    let json = br#"{"method":"connect","id":"1","params":{"uid":"alice"}}"#.as_slice();
    let mut slow: Vec<(TcpStream, &[u8])> = Vec::new();
    for _ in 0..SLOW {
        for (address, said) in [
            (gateway.tcp, connect.as_slice()),
            (gateway.tcp, json),
            (
                gateway.ws,
                b"GET / HTTP/1.1\r\nHost: gateway\r\n".as_slice(),
            ),
        ] {
            slow.push((TcpStream::connect(address).unwrap(), said));
        }
    }
    let longest = connect.len();
    for second in 0..longest {
        for (stream, said) in &mut slow {
            // Those that are closed already do not matter.
            let _ = stream.write(said.get(second..=second).unwrap_or_default());
        }
        assert!(honest.is_alive());
        let latecomer = RpcClient::ws(gateway.ws).connected(0, "another", "s3cret");
        drop(latecomer);
        if slow.iter().all(|(stream, _)| is_closed(stream)) {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    panic!("they may go on forever");
}

/// A peer that has closed its side, and does not close the other.
#[test]
fn half_closed_peers_are_closed() {
    let gateway = GatewayProcess::start(&["--connect-timeout=300"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let connect = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    let json = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
    for address in [gateway.tcp, gateway.ws] {
        for said in [
            &b""[..],
            b"\x10",
            &connect,
            b"{",
            json,
            b"GET / HTTP/1.1\r\n",
        ] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(said).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let end = stream
                .read_to_end(&mut answer)
                .map_err(|error| error.kind());
            assert!(
                matches!(end, Ok(_) | Err(ErrorKind::ConnectionReset)),
                "{said:?}: {end:?}"
            );
        }
    }
    let mut client = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
}

/// What it has in memory once it has read what it was sent.
fn settled_kib(gateway: &GatewayProcess) -> u64 {
    let mut last = 0;
    loop {
        let now = gateway.memory_kib("VmRSS");
        if now.abs_diff(last) < 64 {
            return now;
        }
        last = now;
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Whether the gateway has closed; looks without waiting. It says nothing to a peer but its
/// goodbye.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    !matches!(seen, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Raises this process's limit, which the gateway then inherits, as far as it may; gives what it is.
fn file_descriptors() -> usize {
    let wanted = PEERS + 2 * OTHERS;
    let pid = std::process::id().to_string();
    // Without it, or without the right to it, there are fewer peers.
    let _ = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--nofile={wanted}:")])
        .status();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}
