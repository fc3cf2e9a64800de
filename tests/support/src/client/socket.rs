//! A connection of either kind, and whole frames from it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use tokio_tungstenite::tungstenite::{self, Error, Message, WebSocket};
use wukongim_auth::frame::{FrameType, Limits, Parsed, RawFrame};

use crate::gateway_process::{GatewayProcess, PATIENCE};

/// A connection of either kind.
pub enum Socket {
    Tcp {
        stream: TcpStream,
        received: Vec<u8>,
    },
    Ws(Box<WebSocket<TcpStream>>),
}

/// A frame as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    pub frame_type: FrameType,
    pub bytes: Vec<u8>,
    pub body: Vec<u8>,
}

fn stream(header: &[u8], address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(header).unwrap();
    stream
}

impl Socket {
    pub fn tcp(address: SocketAddr) -> Self {
        Self::tcp_after(b"", address)
    }

    /// Over TCP, after the bytes that a proxy puts in front.
    pub fn tcp_after(header: &[u8], address: SocketAddr) -> Self {
        let stream = stream(header, address);
        let received = Vec::new();
        Socket::Tcp { stream, received }
    }

    pub fn ws(address: SocketAddr) -> Self {
        Self::ws_after(b"", address)
    }

    /// Over WebSocket, after the bytes that a proxy puts in front.
    pub fn ws_after(header: &[u8], address: SocketAddr) -> Self {
        let stream = stream(header, address);
        let (socket, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
        Socket::Ws(Box::new(socket))
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    pub fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::Tcp { stream, .. } => stream.write_all(bytes),
            Socket::Ws(socket) => {
                let message = Message::Binary(bytes.to_vec().into());
                socket.send(message).map_err(io::Error::other)
            }
        }
    }

    pub fn stream(&self) -> &TcpStream {
        match self {
            Socket::Tcp { stream, .. } => stream,
            Socket::Ws(socket) => socket.get_ref(),
        }
    }

    /// The next frame; `None` where the gateway has closed.
    pub fn receive(&mut self) -> Option<Received> {
        match self {
            Socket::Tcp { stream, received } => loop {
                if let Some((frame, len)) = whole_frame(received) {
                    received.drain(..len);
                    return Some(frame);
                }
                let mut chunk = [0; 1024];
                match stream.read(&mut chunk) {
                    Ok(0) => {
                        assert!(received.is_empty(), "closed within a frame: {received:?}");
                        return None;
                    }
                    Ok(len) => received.extend_from_slice(&chunk[..len]),
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                    // A signal, as when the process is paused and goes on.
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => panic!("neither a frame nor an end: {error}"),
                }
            },
            Socket::Ws(socket) => loop {
                match socket.read() {
                    Ok(Message::Binary(bytes)) => {
                        let (frame, len) = whole_frame(&bytes).expect("a whole frame");
                        assert_eq!(len, bytes.len(), "one frame per WebSocket message");
                        return Some(frame);
                    }
                    Ok(Message::Close(_)) => {}
                    Ok(other) => panic!("not binary: {other:?}"),
                    Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                        panic!("neither a frame nor an end")
                    }
                    Err(Error::Io(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return None,
                }
            },
        }
    }
}

fn whole_frame(bytes: &[u8]) -> Option<(Received, usize)> {
    match RawFrame::split_first(bytes, Limits::UPSTREAM).unwrap() {
        Parsed::Complete { value, rest } => {
            let len = bytes.len() - rest.len();
            let frame = Received {
                frame_type: value.frame_type,
                bytes: bytes[..len].to_vec(),
                body: value.body.to_vec(),
            };
            Some((frame, len))
        }
        Parsed::Incomplete { .. } => None,
    }
}

pub type Dial = fn(&GatewayProcess) -> Socket;

/// By name, and how to connect.
pub const TRANSPORTS: [(&str, Dial); 2] = [
    ("tcp", |gateway| Socket::tcp(gateway.tcp)),
    ("ws", |gateway| Socket::ws(gateway.ws)),
];
