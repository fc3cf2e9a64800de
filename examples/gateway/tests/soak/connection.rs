//! A client's connection of any of the four kinds.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::LazyLock;

use serde_json::json;
use socket2::{Domain, SockRef, Type};
use tokio_tungstenite::tungstenite::{self, WebSocket};
use wukongim_auth::frame::{Disconnect, FrameType, ReasonCode};
use wukongim_test_support::client::rpc::{RpcClient, RpcSocket};
use wukongim_test_support::client::{Hello, KeyPair, Socket, connack};
use wukongim_test_support::gateway_process::PATIENCE;

use super::nodes::Addresses;

/// Nobody reads what is encrypted here, so that one is enough.
static CLIENT_KEY: LazyLock<String> = LazyLock::new(|| KeyPair::new().client_key());

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Tcp,
    Ws,
    RpcTcp,
    RpcWs,
}

pub const KINDS: [Kind; 4] = [Kind::Tcp, Kind::Ws, Kind::RpcTcp, Kind::RpcWs];

pub enum Connection {
    Binary(Socket),
    Rpc(RpcClient),
}

pub enum Verdict {
    In(Connection),
    Refused,
    /// Without a word: to come again is all that one can do.
    Closed,
}

/// What came from the gateway.
pub enum Seen {
    Nothing,
    Pong,
    Kick(String),
    End,
}

impl Connection {
    pub fn open(kind: Kind, to: Addresses, from: Option<IpAddr>) -> io::Result<Self> {
        let tcp = || stream(to.tcp, from);
        Ok(match kind {
            Kind::Tcp => Connection::Binary(Socket::Tcp {
                stream: tcp()?,
                received: Vec::new(),
            }),
            Kind::Ws => Connection::Binary(Socket::Ws(web_socket(to.ws, from)?)),
            Kind::RpcTcp => rpc(RpcSocket::Tcp {
                stream: tcp()?,
                received: Vec::new(),
            }),
            Kind::RpcWs => rpc(RpcSocket::Ws {
                socket: web_socket(to.ws, from)?,
                binary: false,
            }),
        })
    }

    pub fn says(self, hello: &Hello<'_>) -> Verdict {
        match self {
            Connection::Binary(mut socket) => {
                if socket.try_send(&hello.connect(&CLIENT_KEY)).is_err() {
                    return Verdict::Closed;
                }
                let Some(frame) = socket.receive() else {
                    return Verdict::Closed;
                };
                match connack(&frame, hello.version.min(6)).reason {
                    ReasonCode::Success => Verdict::In(Connection::Binary(socket)),
                    _ => Verdict::Refused,
                }
            }
            Connection::Rpc(mut client) => {
                let params = json!({
                    "uid": hello.uid, "token": hello.token, "deviceId": hello.device_id,
                    "deviceFlag": hello.device_flag, "clientTimestamp": 1_700_000_000_000_u64,
                });
                let request = json!({"method": "connect", "id": "c-1", "params": params});
                if client.send(&request.to_string()).is_err() {
                    return Verdict::Closed;
                }
                match client.receive() {
                    None => Verdict::Closed,
                    Some(response) if response["result"]["reasonCode"] == 1 => {
                        Verdict::In(Connection::Rpc(client))
                    }
                    Some(_) => Verdict::Refused,
                }
            }
        }
    }

    pub fn ping(&mut self) -> io::Result<()> {
        match self {
            Connection::Binary(socket) => socket.try_send(b"\x70"),
            Connection::Rpc(client) => client.send(r#"{"method":"ping","params":{},"id":"p-1"}"#),
        }
    }

    /// Does not wait. What is read already waits for what comes behind it: there is always an end.
    pub fn look(&mut self) -> Seen {
        let stream = self.stream();
        let look = || {
            stream.set_nonblocking(true)?;
            let seen = stream.peek(&mut [0]);
            stream.set_nonblocking(false)?;
            seen
        };
        match look() {
            Ok(_) => self.next(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Seen::Nothing,
            Err(_) => Seen::End,
        }
    }

    fn next(&mut self) -> Seen {
        match self {
            Connection::Binary(socket) => match socket.receive() {
                None => Seen::End,
                Some(frame) if frame.frame_type == FrameType::Disconnect => {
                    let disconnect = Disconnect::decode(&frame.body).unwrap();
                    Seen::Kick(disconnect.reason_text.to_owned())
                }
                Some(_) => Seen::Pong,
            },
            Connection::Rpc(client) => match client.receive() {
                None => Seen::End,
                Some(message) if message["method"] == "disconnect" => {
                    Seen::Kick(message["params"]["reason"].to_string())
                }
                Some(_) => Seen::Pong,
            },
        }
    }

    /// With RST in the place of FIN.
    pub fn reset(self) {
        let _ = SockRef::from(self.stream()).set_linger(Some(std::time::Duration::ZERO));
    }

    fn stream(&self) -> &TcpStream {
        match self {
            Connection::Binary(socket) => socket.stream(),
            Connection::Rpc(client) => match &client.socket {
                RpcSocket::Tcp { stream, .. } => stream,
                RpcSocket::Ws { socket, .. } => socket.get_ref(),
            },
        }
    }
}

fn rpc(socket: RpcSocket) -> Connection {
    Connection::Rpc(RpcClient { socket })
}

fn web_socket(to: SocketAddr, from: Option<IpAddr>) -> io::Result<Box<WebSocket<TcpStream>>> {
    let opened = tungstenite::client(format!("ws://{to}/"), stream(to, from)?);
    let (socket, _) = opened.map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Box::new(socket))
}

fn stream(to: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if let Some(from) = from {
        socket.bind(&SocketAddr::new(from, 0).into())?;
    }
    socket.connect(&to.into())?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
