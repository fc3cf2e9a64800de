//! A relay that does nothing but relay: the least that anything between client and server costs.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

pub async fn serve(upstream: SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("ready tcp={}", listener.local_addr().expect("an address"));
    loop {
        if let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = relay(client, upstream).await;
            });
        }
    }
}

async fn relay(mut client: TcpStream, upstream: SocketAddr) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut upstream = TcpStream::connect(upstream).await?;
    upstream.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}
