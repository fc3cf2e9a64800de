//! A client as the SDKs are: its own X25519 keys, its own derivation of the session keys (so that
//! a fault in ours shows), binary frames over TCP or WebSocket.

pub mod rpc;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64ct::{Base64, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use tokio_tungstenite::tungstenite::{self, Error, Message, WebSocket};
use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{
    Connack, Connect, Disconnect, Frame, FrameType, Limits, Parsed, RawFrame,
};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::gateway_process::PATIENCE;

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

impl Socket {
    pub fn tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let received = Vec::new();
        Socket::Tcp { stream, received }
    }

    pub fn ws(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
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

/// What a client says of itself.
#[derive(Clone, Copy)]
pub struct Hello<'a> {
    pub version: u8,
    pub uid: &'a str,
    pub device_flag: u8,
    pub device_id: &'a str,
    pub token: &'a str,
}

impl<'a> Hello<'a> {
    /// Alice with her phone, and an old SDK.
    pub fn new(token: &'a str) -> Self {
        Hello {
            version: 2,
            uid: "alice",
            device_flag: 0,
            device_id: "phone",
            token,
        }
    }

    /// The bytes of its CONNECT.
    pub fn connect(&self, client_key: &str) -> Vec<u8> {
        let flag = DeviceFlag::from(self.device_flag);
        let mut connect = Connect::new(self.version, self.uid, flag, self.token);
        connect.device_id = self.device_id;
        connect.client_timestamp = 1_700_000_000_000;
        connect.client_key = client_key;
        let mut bytes = Vec::new();
        Frame::from(connect)
            .encode(self.version, &mut bytes)
            .unwrap();
        bytes
    }
}

/// A client that was let in.
pub struct Client {
    pub socket: Socket,
    pub version: u8,
    pub node_id: u64,
    pub server_version: Option<u8>,
    keys: Keys,
}

/// Half of a handshake: the client's side of it.
pub struct KeyPair(StaticSecret);

impl KeyPair {
    pub fn new() -> Self {
        let mut secret = [0; 32];
        SystemRandom::new().fill(&mut secret).unwrap();
        KeyPair(StaticSecret::from(secret))
    }

    /// What goes into CONNECT.
    pub fn client_key(&self) -> String {
        Base64::encode_string(PublicKey::from(&self.0).as_bytes())
    }
}

impl Client {
    /// Says hello; the refusal's reason where there is one.
    pub fn connect(mut socket: Socket, hello: Hello<'_>) -> Result<Self, ReasonCode> {
        let pair = KeyPair::new();
        socket.send(&hello.connect(&pair.client_key()));
        Self::finish(socket, hello, &pair)
    }

    /// Reads the CONNACK.
    pub fn finish(
        mut socket: Socket,
        hello: Hello<'_>,
        pair: &KeyPair,
    ) -> Result<Self, ReasonCode> {
        let version = hello.version.min(6);
        let frame = socket.receive().expect("a CONNACK");
        let connack = connack(&frame, version);
        if connack.reason != ReasonCode::Success {
            assert_eq!(socket.receive(), None, "a refusal, then the end");
            return Err(connack.reason);
        }
        let (server_version, node_id) = (connack.server_version, connack.node_id);
        let keys = Keys::derive(pair, &connack);
        Ok(Client {
            socket,
            version,
            node_id,
            server_version,
            keys,
        })
    }

    pub fn receive(&mut self) -> Option<Received> {
        self.socket.receive()
    }

    /// Waits for a kick, and the end behind it.
    pub fn is_kicked(&mut self) -> String {
        let frame = self.receive().expect("a DISCONNECT");
        assert_eq!(frame.frame_type, FrameType::Disconnect);
        let disconnect = Disconnect::decode(&frame.body).unwrap();
        assert_eq!(disconnect.reason, ReasonCode::ConnectKick);
        assert_eq!(self.receive(), None, "a kick, then the end");
        disconnect.reason_text.to_owned()
    }

    /// Whether the gateway still answers.
    pub fn is_alive(&mut self) -> bool {
        self.socket.try_send(b"\x70").is_ok()
            && self.receive().is_some_and(|frame| frame.bytes == b"\x80")
    }

    /// A SEND of `payload`, encrypted, to bob.
    pub fn message(&self, client_seq: u32, payload: &[u8]) -> Vec<u8> {
        let payload = self.keys.seal(payload);
        let msg_key = self
            .keys
            .msg_key(&format!("{client_seq}no-{client_seq}bob1{payload}"));
        self.raw_message(client_seq, &msg_key, &payload)
    }

    /// A SEND with whatever is in its last two fields.
    pub fn raw_message(&self, client_seq: u32, msg_key: &str, payload: &str) -> Vec<u8> {
        let mut body = vec![0];
        body.extend(client_seq.to_be_bytes());
        put_str(&mut body, &format!("no-{client_seq}"));
        put_str(&mut body, "bob");
        body.push(1);
        if self.version >= 3 {
            body.extend(60_u32.to_be_bytes());
        }
        put_str(&mut body, msg_key);
        body.extend(payload.as_bytes());
        let packet = wukongim_auth::frame::Packet::Other {
            frame_type: FrameType::Send,
            body: &body,
        };
        let mut bytes = Vec::new();
        Frame::new(packet).encode(self.version, &mut bytes).unwrap();
        bytes
    }

    /// The msgKey of a SEND to bob whose payload is not what it should be.
    pub fn msg_key(&self, client_seq: u32, payload: &str) -> String {
        self.keys
            .msg_key(&format!("{client_seq}no-{client_seq}bob1{payload}"))
    }

    /// Reads a SENDACK; gives its client_seq and reason.
    pub fn sendack(&mut self) -> (u32, u8) {
        let frame = self.receive().expect("a SENDACK");
        assert_eq!(frame.frame_type, FrameType::Sendack);
        let mut body = Body(&frame.body);
        let _message_id = body.number(8);
        let client_seq = body.number(4);
        let _message_seq = body.number(if self.version >= 6 { 8 } else { 4 });
        let reason = body.number(1);
        assert_eq!(body.0, b"");
        (client_seq.try_into().unwrap(), reason.try_into().unwrap())
    }

    /// Reads a RECV as the SDKs do: checks its msgKey, decrypts it.
    pub fn recv(&mut self) -> Vec<u8> {
        let frame = self.receive().expect("a RECV");
        assert_eq!(frame.frame_type, FrameType::Recv);
        let mut body = Body(&frame.body);
        assert_eq!(body.number(1), 0, "no settings");
        let msg_key = body.text();
        let (from_uid, channel_id, channel_type) = (body.text(), body.text(), body.number(1));
        if self.version >= 3 {
            assert_eq!(body.number(4), 60, "the lifetime that was sent");
        }
        let client_msg_no = body.text();
        let message_id = body.number(8);
        let message_seq = body.number(if self.version >= 6 { 8 } else { 4 });
        let timestamp = body.number(4);
        let payload = std::str::from_utf8(body.0).unwrap();
        assert_eq!((from_uid, channel_id, channel_type), ("bob", "bob", 1));
        let fields = format!(
            "{message_id}{message_seq}{client_msg_no}{timestamp}{from_uid}{channel_id}{channel_type}{payload}"
        );
        assert_eq!(msg_key, self.keys.msg_key(&fields));
        self.keys.open(payload)
    }
}

/// A CONNACK as a client of this version reads it.
pub fn connack(frame: &Received, version: u8) -> Connack<'_> {
    assert_eq!(frame.frame_type, FrameType::Connack);
    let flags = wukongim_auth::frame::Flags::from_bits(frame.bytes[0]);
    Connack::decode(flags, &frame.body, version).unwrap()
}

/// PROTOCOL §5, from the client's end.
struct Keys {
    key: [u8; 16],
    iv: [u8; 16],
}

impl Keys {
    fn derive(pair: &KeyPair, connack: &Connack<'_>) -> Self {
        let server_key = Base64::decode_vec(connack.server_key).unwrap();
        let server_key = PublicKey::from(<[u8; 32]>::try_from(server_key).unwrap());
        let secret = pair.0.diffie_hellman(&server_key);
        let text = Base64::encode_string(secret.as_bytes());
        let digits = hex::encode(*md5::compute(text));
        Keys {
            key: digits.as_bytes()[..16].try_into().unwrap(),
            iv: connack
                .salt
                .as_bytes()
                .try_into()
                .expect("a salt of 16 characters"),
        }
    }

    fn seal(&self, plain: &[u8]) -> String {
        let cipher = cbc::Encryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        Base64::encode_string(&cipher.encrypt_padded_vec::<Pkcs7>(plain))
    }

    fn open(&self, sealed: &str) -> Vec<u8> {
        let cipher = cbc::Decryptor::<Aes128>::new(&self.key.into(), &self.iv.into());
        let sealed = Base64::decode_vec(sealed).unwrap();
        cipher
            .decrypt_padded_vec::<Pkcs7>(&sealed)
            .expect("sealed with our keys")
    }

    fn msg_key(&self, fields: &str) -> String {
        hex::encode(*md5::compute(self.seal(fields.as_bytes())))
    }
}

/// What is left of a body.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        bytes
    }

    fn number(&mut self, len: usize) -> u64 {
        self.take(len)
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn text(&mut self) -> &'a str {
        let len = usize::try_from(self.number(2)).unwrap();
        std::str::from_utf8(self.take(len)).unwrap()
    }
}

fn put_str(body: &mut Vec<u8>, text: &str) {
    body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    body.extend(text.as_bytes());
}
