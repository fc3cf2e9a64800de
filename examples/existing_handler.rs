//! `cargo run --example existing_handler` — a blocking TCP server that parses CONNECT itself, as
//! your server may already do, and now checks the token as well.
//!
//! Everything that uses the crate is in [`admit`] and in the two lines of [`handle`] that call it.
//! The user `alice` is registered with the token `alice-web-token` for WEB. The server prints
//! `listening ADDRESS`, and the cause and the fix for every client that it rejects.
//!
//! It does not agree on session keys, which is enough for your own clients. The official binary
//! SDKs need session keys; see the example `gateway`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wukongim_auth::diagnosis::Transport;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Disposition, MemoryStore, Timestamp, Token, TokenRecord,
    Verified, Verifier,
};

/// The maximum number of connections: each needs a thread and a file descriptor.
const MAX_CONNECTIONS: usize = 500;

/// The time limit for reading everything until the client is accepted, and for each reply.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A CONNECT as the server's own parser returns it.
struct HostConnect {
    version: u8,
    device_flag: u8,
    device_id: String,
    uid: String,
    token: String,
}

fn main() -> io::Result<()> {
    let store = Arc::new(MemoryStore::new());
    let record = TokenRecord::issue(Token::new("alice-web-token"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::Web, record);

    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:5100".into());
    let listener = TcpListener::bind(address)?;
    println!("listening {}", listener.local_addr()?);
    // Each connection holds a clone, so that they can be counted.
    let open = Arc::new(());
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most likely out of file descriptors, which passes as connections end.
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        if Arc::strong_count(&open) > MAX_CONNECTIONS {
            eprintln!("{peer}: too many connections");
            continue; // drops the stream, which closes it
        }
        let (store, place) = (Arc::clone(&store), Arc::clone(&open));
        let serve_one = move || {
            let _place = place;
            if let Err(error) = handle(stream, peer, &store) {
                eprintln!("{peer}: {error}");
            }
        };
        // `thread::spawn` panics if no thread can be created; this only closes the one connection.
        if let Err(error) = thread::Builder::new().spawn(serve_one) {
            eprintln!("{peer}: no thread: {error}");
        }
    }
}

fn handle(mut stream: TcpStream, peer: SocketAddr, store: &MemoryStore) -> io::Result<()> {
    stream.set_write_timeout(Some(TIMEOUT))?;
    let connect = read_connect(&mut Until(&stream, Instant::now() + TIMEOUT))?;
    let Some(verified) = admit(&connect, peer, store, &mut stream)? else {
        return Ok(());
    };
    stream.write_all(&connack(&connect, 1))?;
    println!("{peer}: {} connected", verified.uid());
    // … the messages, as before.
    Ok(())
}

// recipe: existing_handler
/// Verifies the client. If it is rejected, writes the log line and the refusal.
fn admit(
    connect: &HostConnect,
    peer: SocketAddr,
    store: &MemoryStore,
    stream: &mut TcpStream,
) -> io::Result<Option<Verified>> {
    let flag = DeviceFlag::from(connect.device_flag);
    let credentials = Credentials::new(&connect.uid, flag, connect.token.as_str())
        .with_device_id(&connect.device_id)
        .with_transport(Transport::Tcp)
        .with_address(peer);
    let verifier = Verifier::new();
    match verifier.verdict(store, &credentials, Timestamp::now()) {
        Ok(verified) => Ok(Some(verified)),
        Err(error) => {
            // After a store failure, nothing is sent: closing makes SDKs reconnect.
            if let Disposition::Reject(reason) = error.disposition() {
                stream.write_all(&connack(connect, reason.into()))?;
            }
            let _ = stream.shutdown(Shutdown::Both);
            // The connection is closed, so the client does not see how long the search for the
            // cause takes.
            eprintln!("{:#}", verifier.diagnose(store, error));
            Ok(None)
        }
    }
}
// recipe ends

// Everything from here on existed before.

/// A stream that can be read until a deadline, however slowly the bytes arrive.
struct Until<'a>(&'a TcpStream, Instant);

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Until(mut stream, end) = *self;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        stream.read(buffer)
    }
}

fn read_connect(stream: &mut impl Read) -> io::Result<HostConnect> {
    let mut header = [0; 2];
    stream.read_exact(&mut header)?;
    let body_len = match header {
        [0x10..=0x1f, len @ 0..=0x7f] => usize::from(len),
        [0x10..=0x1f, low] => {
            let mut high = [0];
            stream.read_exact(&mut high)?;
            usize::from(low & 0x7f) | usize::from(high[0] & 0x7f) << 7
        }
        _ => return Err(invalid("the first frame is not CONNECT")),
    };
    let mut body = vec![0; body_len];
    stream.read_exact(&mut body)?;
    parse_connect(&body).ok_or_else(|| invalid("the CONNECT is truncated or not UTF-8"))
}

fn parse_connect(body: &[u8]) -> Option<HostConnect> {
    let (&[version, device_flag], rest) = body.split_first_chunk()?;
    let (device_id, rest) = string(rest)?;
    let (uid, rest) = string(rest)?;
    let (token, _) = string(rest)?;
    Some(HostConnect {
        version,
        device_flag,
        device_id,
        uid,
        token,
    })
}

fn string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (text, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}

/// A CONNACK with time_diff 0, the reason, no key and no salt; node id 0 for clients that expect
/// one.
fn connack(connect: &HostConnect, reason: u8) -> Vec<u8> {
    let mut body = [&[0; 8][..], &[reason], &[0; 4]].concat();
    if connect.version >= 4 {
        body.extend([0; 8]);
    }
    [&[0x20, body.len() as u8], body.as_slice()].concat()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
