//! Clients: many at once that connect and disconnect, and some that stay.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::protocol::{Protocol, Reply};

/// Clients that are connecting at the same time.
pub const AT_ONCE: usize = 200;

/// Connections from one address of this machine: a used port is blocked for a minute.
const PER_ADDRESS: u64 = 8_000;

/// A unique number for each client of the run.
static CLIENTS: AtomicU64 = AtomicU64::new(0);

/// Makes this many handshakes; each client disconnects as soon as it is accepted.
pub async fn come_and_go(protocol: Protocol, address: SocketAddr, handshakes: usize) {
    let left = Arc::new(AtomicU64::new(handshakes as u64));
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let left = left.clone();
        clients.spawn(async move {
            let another = |left: u64| left.checked_sub(1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, another)
                .is_ok()
            {
                drop(let_in(protocol, address).await);
            }
        });
    }
    clients.join_all().await;
}

/// Connects this many clients, which stay.
pub async fn stay(protocol: Protocol, address: SocketAddr, clients: usize) -> Vec<TcpStream> {
    let mut staying = Vec::with_capacity(clients);
    while staying.len() < clients {
        let more = AT_ONCE.min(clients - staying.len());
        let mut coming = JoinSet::new();
        for _ in 0..more {
            coming.spawn(let_in(protocol, address));
        }
        staying.extend(coming.join_all().await);
    }
    staying
}

/// One client, until it is accepted. Any other result spoils the measurement, except for one reset:
/// with so many clients at once, a server may drop one, which then retries, as clients do.
pub async fn let_in(protocol: Protocol, address: SocketAddr) -> TcpStream {
    let client = CLIENTS.fetch_add(1, Ordering::Relaxed);
    let mut stream = handshake(protocol, address, client).await;
    if matches!(&stream, Err(error) if error.kind() == io::ErrorKind::ConnectionReset) {
        eprintln!("client {client} of {address} was reset, and comes again");
        stream = handshake(protocol, address, client).await;
    }
    stream.unwrap_or_else(|error| panic!("client {client} of {address}: {error}"))
}

async fn handshake(protocol: Protocol, server: SocketAddr, client: u64) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // 127.0.1.0 and on are this machine, too.
    let [.., high, low] = (0x0100 + client / PER_ADDRESS).to_be_bytes();
    socket.bind((Ipv4Addr::new(127, 0, high, low), 0).into())?;
    let mut stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    let mut received = Vec::with_capacity(1024);
    if protocol.server_speaks_first() {
        more(&mut stream, &mut received).await?;
    }
    stream.write_all(&protocol.request(client)).await?;
    loop {
        more(&mut stream, &mut received).await?;
        match protocol.reply(&received) {
            Reply::Incomplete => {}
            Reply::Welcome => return Ok(stream),
            Reply::Other => return Err(io::Error::other("it was not let in")),
        }
    }
}

async fn more(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(received).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
