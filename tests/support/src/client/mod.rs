//! A client as the SDKs are: its own X25519 keys, its own derivation of the session keys (so that
//! a fault in ours shows), binary frames over TCP or WebSocket.

mod keys;
pub mod rpc;
mod socket;

use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connack, Connect, Disconnect, Frame, FrameType};

use keys::Keys;

pub use keys::KeyPair;
pub use socket::{Received, Socket, TRANSPORTS};

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
