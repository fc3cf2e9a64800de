//! Thousands of connections that send garbage: the gateway goes on serving, in bounded memory.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wukongim_test_support::client::rpc::RpcClient;
use wukongim_test_support::client::{Client, Hello, KeyPair, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

/// Connections in all.
const CONNECTIONS: usize = 3_000;

/// Of these at the same time: below the 1,024 file descriptors that a process may have by default.
const AT_ONCE: usize = 300;

/// Above what the gateway takes when nothing happens; generous, for other allocators and builds.
const MAX_GROWTH_KIB: u64 = 32 * 1024;

/// A write that takes longer is one that nobody reads.
const STALLED: Duration = Duration::from_secs(2);

/// Messages of 40 KB that fit into all the kernel's buffers and ours.
const MAX_TAKEN: usize = 2_000;

#[test]
fn garbage_leaves_the_gateway_serving_in_bounded_memory() {
    let gateway = GatewayProcess::start(&["--connect-timeout=0.5"]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut honest = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let before = gateway.memory_kib("VmRSS");

    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            std::thread::Builder::new()
                .stack_size(128 * 1024)
                .spawn_scoped(scope, || {
                    while let number @ ..CONNECTIONS = next.fetch_add(1, Ordering::Relaxed) {
                        annoy(&gateway, number);
                    }
                })
                .unwrap();
        }
        for seq in 1..=20 {
            honest.socket.send(&honest.message(seq, b"still here"));
            assert_eq!(honest.sendack(), (seq, 1));
            assert_eq!(honest.recv(), b"still here");
            std::thread::sleep(Duration::from_millis(50));
        }
    });

    assert!(honest.is_alive());
    let latecomer = Hello {
        device_id: "another",
        ..Hello::new("s3cret")
    };
    for socket in [Socket::tcp(gateway.tcp), Socket::ws(gateway.ws)] {
        let mut client = Client::connect(socket, latecomer).unwrap();
        assert!(client.is_alive());
    }
    let (peak, after) = (gateway.memory_kib("VmHWM"), gateway.memory_kib("VmRSS"));
    println!("resident KiB: {before} before, {peak} at most, {after} after");
    assert!(
        peak < before + MAX_GROWTH_KIB,
        "{before} KiB grew to {peak} KiB"
    );
}

/// Authenticated, and hostile all the same: it asks and asks, and reads no answer.
#[test]
fn replies_that_are_not_read_do_not_pile_up() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let before = gateway.memory_kib("VmRSS");
    for over_ws in [false, true] {
        let socket = match over_ws {
            false => Socket::tcp(gateway.tcp),
            true => Socket::ws(gateway.ws),
        };
        let mut client = Client::connect(socket, Hello::new("s3cret")).unwrap();
        let message = client.message(1, &[b'x'; 30_000]);
        client
            .socket
            .stream()
            .set_write_timeout(Some(STALLED))
            .unwrap();
        let stalled = (0..MAX_TAKEN).find(|_| client.socket.try_send(&message).is_err());
        let accepted = stalled.expect("the gateway stops reading");
        println!("{accepted} messages were taken before the gateway stopped reading");
        let grown = gateway.memory_kib("VmHWM") - before;
        println!("resident: {grown} KiB more than before");
        assert!(grown < MAX_GROWTH_KIB, "{grown} KiB more than before");
    }
    let other = Hello {
        device_id: "another",
        ..Hello::new("s3cret")
    };
    let mut honest = Client::connect(Socket::tcp(gateway.tcp), other).unwrap();
    assert!(honest.is_alive());
}

/// In its session, a client may send longer messages than before it, and they have an end too.
#[test]
fn giant_and_deep_json_ends_the_one_who_sends_it() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let mut honest = Client::connect(Socket::tcp(gateway.tcp), Hello::new("s3cret")).unwrap();
    let before = gateway.memory_kib("VmRSS");
    let nested = |levels: usize| {
        let (open, close) = (r#"{"a":"#.repeat(levels - 1), "}".repeat(levels - 1));
        format!(r#"{{"method":"x","params":{open}1{close}}}"#)
    };
    let giant = |len| format!(r#"{{"method":"x","params":"{}"}}"#, "x".repeat(len));
    for dial in [
        (|gateway| RpcClient::tcp(gateway.tcp)) as fn(&GatewayProcess) -> RpcClient,
        |gateway| RpcClient::ws(gateway.ws),
    ] {
        for (text, is_connected) in [
            (giant(9_000), false),
            (giant(10_000_000), false),
            (nested(17), false),
            (nested(5_000_000), false),
            (giant(128 * 1024), true),
            (giant(10_000_000), true),
            (nested(33), true),
            (nested(5_000_000), true),
        ] {
            let mut client = dial(&gateway);
            if is_connected {
                client = client.connected(0, "hostile", "s3cret");
            }
            // It may be closed while it still sends.
            let _ = client.send(&text);
            assert_eq!(client.receive(), None, "{} bytes", text.len());
            assert!(honest.is_alive());
        }
    }
    let grown = gateway.memory_kib("VmHWM") - before;
    println!("resident: {grown} KiB more than before");
    assert!(grown < MAX_GROWTH_KIB, "{grown} KiB more than before");
}

/// One hostile connection, by number so that every run is the same.
fn annoy(gateway: &GatewayProcess, number: usize) {
    let address = if number % 2 == 0 {
        gateway.tcp
    } else {
        gateway.ws
    };
    let _ = garbage(address, number / 2);
}

/// What the gateway makes of it does not matter here: it may close at any time.
fn garbage(address: SocketAddr, number: usize) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let seed = u64::try_from(number).unwrap();
    match number % 15 {
        0 => stream.write_all(&random_bytes(seed, 4096))?,
        1 => stream.write_all(b"\x10\xff\xff\xff\xff\xff\xff")?,
        2 => stream.write_all(b"\x10\xff\xff\xff\x7f")?,
        3 => stream.write_all(&[0; 100_000])?,
        4 => stream.write_all(&half_a_connect(number))?,
        5 => stream.write_all(b"\x70\x70\x70")?,
        6 => stream.write_all(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")?,
        7 => stream
            .write_all(&[b"{\"jsonrpc\":\"2.0\",".as_slice(), &b"[".repeat(50_000)].concat())?,
        8 => stream.write_all(&b"\x10\x80".repeat(20_000))?,
        9 => {}
        10 => stream
            .write_all(&[b"GET / HTTP/1.1\r\nx: ".as_slice(), &b"x".repeat(200_000)].concat())?,
        11 => stream.write_all(&[CONNECT_JSON, &b"x".repeat(1_000_000)].concat())?,
        12 => stream.write_all(&b"{\"a\":".repeat(50_000))?,
        13 => stream.write_all(&[b"{".as_slice(), &b"\"a\":1,".repeat(50_000)].concat())?,
        // A WebSocket frame of 2^62 bytes behind a right upgrade.
        _ => {
            stream.write_all(UPGRADE)?;
            stream.write_all(b"\x82\xff\x40\0\0\0\0\0\0\0mask")?;
            stream.write_all(&[0; 50_000])?;
        }
    }
    // A third go at once, the others hang on for as long as they are let.
    if number % 3 != 0 {
        while stream.read(&mut [0; 256])? > 0 {}
    }
    Ok(())
}

const CONNECT_JSON: &[u8] = br#"{"method":"connect","id":"1","params":{"token":""#;

const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn half_a_connect(number: usize) -> Vec<u8> {
    let mut bytes = Hello::new("s3cret").connect(&KeyPair::new().client_key());
    bytes.truncate(number % (bytes.len() - 1) + 1);
    bytes
}

/// SplitMix64.
fn random_bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    std::iter::repeat_with(|| next().to_le_bytes())
        .flatten()
        .take(len)
        .collect()
}
