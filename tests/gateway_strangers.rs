//! Peers that connect and never say who they are: each costs little, none of them for long, and the
//! gateway goes on serving.
#![cfg(target_os = "linux")]

mod client;
mod gateway_process;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use client::rpc::RpcClient;
use client::{Client, Hello, KeyPair, Socket};
use gateway_process::{GatewayProcess, PATIENCE};
use tokio_tungstenite::tungstenite;

/// Strangers at the same time, where a process may have that many file descriptors.
const STRANGERS: usize = 8_000;

/// File descriptors that both processes need for other things.
const OTHERS: usize = 200;

/// What a stranger may cost, in KiB; a few times of what was measured.
const MAX_SILENT_KIB: f64 = 16.0;
const MAX_TALKING_KIB: f64 = 48.0;

/// Slow peers at the same time, of each kind.
const SLOW: usize = 100;

#[test]
fn thousands_of_strangers_cost_little_and_shut_nobody_out() {
    let strangers = STRANGERS.min(file_descriptors() - OTHERS);
    let mut connect = Hello::new(&"x".repeat(8_000)).connect(&KeyPair::new().client_key());
    connect.truncate(8_000);
    let json = format!(
        r#"{{"method":"connect","params":{{"token":"{}"#,
        "x".repeat(7_900)
    );
    let silent: fn(&GatewayProcess) -> TcpStream =
        |gateway| TcpStream::connect(gateway.tcp).unwrap();
    let over_ws: fn(&GatewayProcess) -> TcpStream = |gateway| {
        let stream = TcpStream::connect(gateway.ws).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{}/", gateway.ws), stream).unwrap();
        socket.get_ref().try_clone().unwrap()
    };
    for (name, count, dial, said, max_kib) in [
        (
            "silent over TCP",
            strangers,
            silent,
            &b""[..],
            MAX_SILENT_KIB,
        ),
        (
            "silent over WebSocket",
            strangers / 8,
            over_ws,
            b"",
            MAX_SILENT_KIB,
        ),
        (
            "in the midst of a long CONNECT",
            strangers / 8,
            silent,
            &connect,
            MAX_TALKING_KIB,
        ),
        (
            "in the midst of a long JSON",
            strangers / 8,
            silent,
            json.as_bytes(),
            MAX_TALKING_KIB,
        ),
    ] {
        let gateway =
            GatewayProcess::start(&["--max-unauthenticated=10000", "--connect-timeout=300"]);
        gateway.issue("alice", "s3cret", 0, 0);
        let mut honest = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
        let before = gateway.memory_kib("VmRSS");
        let sockets: Vec<TcpStream> = (0..count)
            .map(|_| {
                let mut stream = dial(&gateway);
                stream.write_all(said).unwrap();
                stream
            })
            .collect();
        // Whoever comes behind them is served behind them.
        for socket in [Socket::tcp(gateway.tcp), Socket::ws(gateway.ws)] {
            let newcomer = Hello {
                device_id: "another",
                ..Hello::new("s3cret")
            };
            assert!(Client::connect(socket, newcomer).unwrap().is_alive());
        }
        assert!(honest.is_alive());
        let grown = u32::try_from(gateway.memory_kib("VmRSS").saturating_sub(before)).unwrap();
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
        let newcomer = RpcClient::ws(gateway.ws).connected(0, "another", "s3cret");
        drop(newcomer);
        if slow.iter().all(|(stream, _)| is_closed(stream)) {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    panic!("they may go on for ever");
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

/// Whether the gateway has closed; looks without waiting.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    match seen {
        Ok(len) => len == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Raises this process's limit, which the gateway then inherits, as far as it may; gives what it is.
fn file_descriptors() -> usize {
    let wanted = STRANGERS + 2 * OTHERS;
    let pid = std::process::id().to_string();
    // Without it, or without the right to it, there are fewer strangers.
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
