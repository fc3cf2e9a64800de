//! What a client sends, and when it is accepted.

use wukongim_auth::frame::{Connack, Flags, ReasonCode};

use crate::floor;
use crate::users::{FLAG, connect, encoded, text, token, uid};

/// Of which each connection is one.
pub const USERS: u64 = 1000;

/// What all clients of the other servers present, if they present anything.
pub const NAME: &str = "0123456789abcdef0123456789abcdef";
pub const PASSWORD: &str = "9f86d081884c7d659a2feaa0c55ad015";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Floor,
    Wkproto,
    JsonRpc,
    Mqtt { password: bool },
    Nats,
}

/// Whether a client was accepted, as far as that is known.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    Incomplete,
    Welcome,
    Other,
}

impl Protocol {
    /// NATS's server sends the first message.
    pub fn server_speaks_first(self) -> bool {
        self == Protocol::Nats
    }

    /// What the client with this number sends: its user's own token, or what all clients present.
    /// Each has its own device id: if two had the same one, the gateway and the MQTT servers would
    /// kick the older client.
    pub fn request(self, client: u64) -> Vec<u8> {
        let user = client % USERS;
        let (uid, token) = (uid(user), token(user));
        let (uid, token) = (text(&uid), text(&token));
        let device_id = format!("{client:036x}");
        match self {
            Protocol::Floor | Protocol::Wkproto => {
                let mut connect = connect(uid, token);
                connect.device_id = &device_id;
                encoded(connect)
            }
            Protocol::JsonRpc => format!(
                r#"{{"jsonrpc":"2.0","method":"connect","id":"1","params":{{"uid":"{uid}","token":"{token}","deviceFlag":{},"deviceId":"{device_id}"}}}}"#,
                u8::from(FLAG)
            )
            .into_bytes(),
            Protocol::Mqtt { password } => mqtt(client, password),
            Protocol::Nats => format!(
                "CONNECT {{\"verbose\":false,\"auth_token\":\"{PASSWORD}\",\"name\":\"{NAME}\"}}\r\nPING\r\n"
            )
            .into_bytes(),
        }
    }

    pub fn reply(self, bytes: &[u8]) -> Reply {
        let (is_whole, is_welcome) = match self {
            Protocol::Floor => (bytes.len() >= floor::REPLY.len(), true),
            Protocol::Wkproto => {
                let is_whole = bytes.len() > 2 && bytes.len() >= 2 + usize::from(bytes[1]);
                (is_whole, is_whole && is_success(bytes))
            }
            Protocol::JsonRpc => {
                let is_whole = bytes.ends_with(b"}");
                (is_whole, contains(bytes, b"\"result\""))
            }
            Protocol::Mqtt { .. } => (bytes.len() >= 4, bytes.starts_with(&[0x20, 2, 0, 0])),
            Protocol::Nats => {
                let (pong, refused) = (contains(bytes, b"PONG\r\n"), contains(bytes, b"-ERR"));
                (pong || refused, pong)
            }
        };
        match (is_whole, is_welcome) {
            (false, _) => Reply::Incomplete,
            (true, true) => Reply::Welcome,
            (true, false) => Reply::Other,
        }
    }
}

fn is_success(frame: &[u8]) -> bool {
    let connack = Connack::decode(Flags::from_bits(frame[0]), &frame[2..], 4);
    frame[0] >> 4 == 2 && connack.is_ok_and(|connack| connack.reason == ReasonCode::Success)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// A CONNECT of MQTT 3.1.1.
fn mqtt(client: u64, password: bool) -> Vec<u8> {
    let id = format!("{client:032x}");
    let (flags, name, secret) = match password {
        true => (0xc2, Some(NAME), Some(PASSWORD)),
        false => (0x02, None, None),
    };
    let keep_alive = 60;
    let mut rest = b"\0\x04MQTT\x04".to_vec();
    rest.extend([flags, 0, keep_alive]);
    for text in [Some(id.as_str()), name, secret].into_iter().flatten() {
        rest.extend((text.len() as u16).to_be_bytes());
        rest.extend(text.as_bytes());
    }
    // A length below 128 takes one byte, and one below 16 KiB takes two.
    let mut frame = vec![
        0x10,
        rest.len() as u8 & 0x7f | 0x80,
        (rest.len() >> 7) as u8,
    ];
    frame.extend(rest);
    frame
}
