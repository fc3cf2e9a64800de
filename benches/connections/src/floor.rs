//! Accept, read, write, wait for the end: the least that a server on tokio does for a connection.
//! Relays are measured with it as the server behind them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// As long as a CONNACK with session keys.
pub const REPLY: [u8; 84] = [0; 84];

/// Bytes that are written at a time to a client that asks for a long stream.
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
    // A buffer of the size that servers usually have.
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

/// Until the other end closes.
async fn stream_to(stream: &mut TcpStream) -> std::io::Result<()> {
    let block = vec![7; BLOCK];
    loop {
        stream.write_all(&block).await?;
    }
}
