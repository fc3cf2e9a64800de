//! A client's connection.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use wukongim_auth::session::Protocol;

/// The number of addresses that clients come from: each has about 28,000 ports, and a used port is
/// blocked for a minute.
const SOURCES: u64 = 16;

pub enum Socket {
    Tcp(TcpStream),
    Ws(Box<WebSocketStream<TcpStream>>),
}

impl Socket {
    pub async fn open(to: SocketAddr, over_ws: bool, number: u64) -> io::Result<Self> {
        let stream = connect(to, number).await?;
        stream.set_nodelay(true)?;
        if !over_ws {
            return Ok(Socket::Tcp(stream));
        }
        let upgrade = tokio_tungstenite::client_async(format!("ws://{to}/"), stream);
        let (socket, _) = upgrade.await.map_err(io::Error::other)?;
        Ok(Socket::Ws(socket.into()))
    }

    pub async fn send(&mut self, protocol: Protocol, message: Vec<u8>) -> io::Result<()> {
        match (self, protocol) {
            (Socket::Tcp(stream), _) => stream.write_all(&message).await,
            (Socket::Ws(socket), Protocol::JsonRpc) => {
                let text = String::from_utf8(message).map_err(io::Error::other)?;
                socket
                    .send(Message::text(text))
                    .await
                    .map_err(io::Error::other)
            }
            (Socket::Ws(socket), _) => {
                let message = Message::binary(message);
                socket.send(message).await.map_err(io::Error::other)
            }
        }
    }

    /// The next bytes; `None` at the end.
    pub async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Socket::Tcp(stream) => {
                let mut chunk = [0; 512];
                let len = stream.read(&mut chunk).await?;
                Ok((len > 0).then(|| Bytes::copy_from_slice(&chunk[..len])))
            }
            Socket::Ws(socket) => {
                while let Some(message) = socket.next().await {
                    match message.map_err(io::Error::other)? {
                        Message::Binary(bytes) => return Ok(Some(bytes)),
                        Message::Text(text) => return Ok(Some(text.into())),
                        _ => {}
                    }
                }
                Ok(None)
            }
        }
    }
}

async fn connect(to: SocketAddr, number: u64) -> io::Result<TcpStream> {
    #[cfg(target_os = "linux")]
    if to.is_ipv4() {
        let socket = TcpSocket::new_v4()?;
        let last = 2 + u8::try_from(number % SOURCES).unwrap_or(0);
        socket.bind(([127, 0, 0, last], 0).into())?;
        return socket.connect(to).await;
    }
    let _ = number % SOURCES;
    TcpStream::connect(to).await
}
