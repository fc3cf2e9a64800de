//! A client as the EasySDKs are: JSON-RPC over WebSocket, or one message behind another over TCP.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Deserializer, Value, json};
use tokio_tungstenite::tungstenite::{self, Error, Message, WebSocket};

use crate::gateway_process::{GatewayProcess, PATIENCE};

/// A connection of either kind.
pub enum RpcSocket {
    Tcp {
        stream: TcpStream,
        received: Vec<u8>,
    },
    Ws {
        socket: Box<WebSocket<TcpStream>>,
        /// Whether to send binary messages, as one EasySDK does.
        binary: bool,
    },
}

/// A client of JSON-RPC, let in or not.
pub struct RpcClient {
    pub socket: RpcSocket,
}

impl RpcClient {
    pub fn tcp(address: SocketAddr) -> Self {
        let socket = RpcSocket::Tcp {
            stream: stream(address),
            received: Vec::new(),
        };
        RpcClient { socket }
    }

    pub fn ws(address: SocketAddr) -> Self {
        let url = format!("ws://{address}/");
        let (socket, _) = tungstenite::client(url, stream(address)).unwrap();
        let (socket, binary) = (Box::new(socket), false);
        let socket = RpcSocket::Ws { socket, binary };
        RpcClient { socket }
    }

    pub fn ws_binary(address: SocketAddr) -> Self {
        let mut client = Self::ws(address);
        if let RpcSocket::Ws { binary, .. } = &mut client.socket {
            *binary = true;
        }
        client
    }

    /// Asks to be let in; gives the response.
    pub fn connect(&mut self, device_flag: u8, device_id: &str, token: &str) -> Option<Value> {
        let params = json!({
            "uid": "alice", "token": token, "deviceId": device_id, "deviceFlag": device_flag,
            "clientTimestamp": 1_700_000_000_000_u64,
        });
        self.call("connect", "c-1", params)
    }

    /// [`connect`](Self::connect), where it is to go well.
    pub fn connected(mut self, device_flag: u8, device_id: &str, token: &str) -> Self {
        let response = self.connect(device_flag, device_id, token).unwrap();
        assert_eq!(response["result"]["reasonCode"], 1, "{response}");
        self
    }

    /// One request; gives what comes next.
    pub fn call(&mut self, method: &str, id: &str, params: Value) -> Option<Value> {
        let request = json!({"method": method, "id": id, "params": params});
        self.send(&request.to_string()).unwrap();
        self.receive()
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        match &mut self.socket {
            RpcSocket::Tcp { stream, .. } => stream.write_all(text.as_bytes()),
            RpcSocket::Ws { socket, binary } => {
                let message = match binary {
                    true => Message::binary(text.to_owned()),
                    false => Message::text(text.to_owned()),
                };
                socket.send(message).map_err(io::Error::other)
            }
        }
    }

    /// The next message; `None` where the gateway has closed.
    pub fn receive(&mut self) -> Option<Value> {
        match &mut self.socket {
            RpcSocket::Tcp { stream, received } => loop {
                let mut values = Deserializer::from_slice(received).into_iter::<Value>();
                if let Some(Ok(value)) = values.next() {
                    received.drain(..values.byte_offset());
                    return Some(value);
                }
                let mut chunk = [0; 1024];
                match stream.read(&mut chunk) {
                    Ok(0) => {
                        assert!(received.is_empty(), "closed within a message: {received:?}");
                        return None;
                    }
                    Ok(len) => received.extend_from_slice(&chunk[..len]),
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                    Err(error) => panic!("neither a message nor an end: {error}"),
                }
            },
            RpcSocket::Ws { socket, .. } => loop {
                match socket.read() {
                    Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                    Ok(Message::Close(_)) => {}
                    Ok(other) => panic!("not text: {other:?}"),
                    Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                        panic!("neither a message nor an end")
                    }
                    Err(_) => return None,
                }
            },
        }
    }

    /// Whether the gateway still answers.
    pub fn is_alive(&mut self) -> bool {
        let pong = json!({"jsonrpc": "2.0", "id": "p-1", "result": null});
        self.send(r#"{"method":"ping","params":{},"id":"p-1"}"#)
            .is_ok()
            && self.receive() == Some(pong)
    }

    /// Waits for a kick, and the end behind it.
    pub fn is_kicked(&mut self) -> String {
        let notification = self.receive().expect("a disconnect notification");
        let reason = notification["params"]["reason"]
            .as_str()
            .unwrap()
            .to_owned();
        let expected = json!({
            "jsonrpc": "2.0", "method": "disconnect",
            "params": {"reasonCode": 12, "reason": reason},
        });
        assert_eq!(notification, expected);
        assert_eq!(self.receive(), None, "a kick, then the end");
        reason
    }
}

fn stream(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub type Dial = fn(&GatewayProcess) -> RpcClient;

/// By name, and how to connect.
pub const TRANSPORTS: [(&str, Dial); 3] = [
    ("tcp", |gateway| RpcClient::tcp(gateway.tcp)),
    ("ws", |gateway| RpcClient::ws(gateway.ws)),
    ("ws, binary", |gateway| RpcClient::ws_binary(gateway.ws)),
];
