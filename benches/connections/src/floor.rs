//! Accept, read, write, wait for the end: the least that a server on tokio does for a connection.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// As a CONNACK with session keys has.
pub const REPLY: [u8; 84] = [0; 84];

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
        let _ = stream.read(&mut buffer).await;
    }
}
