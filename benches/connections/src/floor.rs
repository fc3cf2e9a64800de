//! Accept, read, write, wait for the end: the least that a server on tokio does for a connection. Behind
//! relays it is what they relay to.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// As a CONNACK with session keys has.
pub const REPLY: [u8; 84] = [0; 84];

/// Bytes that are written at once to a client that wants much.
const BLOCK: usize = 64 * 1024;

pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("ready tcp={}", listener.local_addr().expect("an address"));
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    }
}

async fn answer(mut stream: TcpStream) {
    // A buffer as servers have one.
    let mut buffer = vec![0; 4096];
    let _ = stream.set_nodelay(true);
    if !matches!(stream.read(&mut buffer).await, Ok(1..)) {
        return;
    }
    if stream.write_all(&REPLY).await.is_ok() {
        // A client that sends anything more asks for a long stream.
        if let Ok(1..) = stream.read(&mut buffer).await {
            let _ = stream_to(&mut stream).await;
        }
    }
}

/// Until the other end has had enough.
async fn stream_to(stream: &mut TcpStream) -> std::io::Result<()> {
    let block = vec![7; BLOCK];
    loop {
        stream.write_all(&block).await?;
    }
}
