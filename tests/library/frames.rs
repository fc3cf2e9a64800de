//! Frames for property tests: made by proptest, compared field by field.

use proptest::prelude::*;
use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connack, Connect, Disconnect, Flags, Frame, FrameType, Packet};

/// The types whose body is not read.
const OTHERS: [FrameType; 7] = [
    FrameType::Send,
    FrameType::Sendack,
    FrameType::Recv,
    FrameType::Recvack,
    FrameType::Sub,
    FrameType::Suback,
    FrameType::Event,
];

/// A frame that owns what a [`Frame`] borrows.
#[derive(Clone, Debug)]
pub struct OwnedFrame {
    flags: u8,
    packet: OwnedPacket,
}

#[derive(Clone, Debug)]
enum OwnedPacket {
    Connect {
        version: u8,
        device_flag: u8,
        strings: [String; 4],
        client_timestamp: i64,
    },
    Connack {
        server_version: Option<u8>,
        time_diff: i64,
        reason: u8,
        strings: [String; 2],
        node_id: u64,
    },
    Ping,
    Pong,
    Disconnect {
        reason: u8,
        text: String,
    },
    Other {
        frame_type: FrameType,
        body: Vec<u8>,
    },
}

impl OwnedFrame {
    pub fn borrow(&self) -> Frame<'_> {
        let mut frame = Frame::new(self.packet.borrow());
        frame.flags = Flags::from_bits(self.flags);
        frame
    }
}

impl OwnedPacket {
    fn borrow(&self) -> Packet<'_> {
        match self {
            OwnedPacket::Connect {
                version,
                device_flag,
                strings: [device_id, uid, token, client_key],
                client_timestamp,
            } => {
                let device_flag = DeviceFlag::from(*device_flag);
                let mut connect = Connect::new(*version, uid, device_flag, token.as_str());
                connect.device_id = device_id;
                connect.client_timestamp = *client_timestamp;
                connect.client_key = client_key;
                connect.into()
            }
            OwnedPacket::Connack {
                server_version,
                time_diff,
                reason,
                strings: [server_key, salt],
                node_id,
            } => {
                let mut connack = Connack::new(ReasonCode::from(*reason));
                connack.server_version = *server_version;
                connack.time_diff = *time_diff;
                connack.server_key = server_key;
                connack.salt = salt;
                connack.node_id = *node_id;
                connack.into()
            }
            OwnedPacket::Ping => Packet::Ping,
            OwnedPacket::Pong => Packet::Pong,
            OwnedPacket::Disconnect { reason, text } => {
                Disconnect::new(ReasonCode::from(*reason), text).into()
            }
            OwnedPacket::Other { frame_type, body } => Packet::Other {
                frame_type: *frame_type,
                body,
            },
        }
    }
}

/// Any frame that can be written: all kinds, all flags, strings of any characters.
pub fn any_frame() -> impl Strategy<Value = OwnedFrame> {
    (0..16_u8, any_packet()).prop_map(|(flags, packet)| OwnedFrame { flags, packet })
}

fn any_packet() -> impl Strategy<Value = OwnedPacket> {
    let strings = || [text(), text(), text(), text()];
    let connect = (any::<u8>(), any::<u8>(), strings(), any::<i64>()).prop_map(
        |(version, device_flag, strings, client_timestamp)| OwnedPacket::Connect {
            version,
            device_flag,
            strings,
            client_timestamp,
        },
    );
    let numbers = (any::<Option<u8>>(), any::<i64>(), any::<u8>(), any::<u64>());
    let connack = (numbers, [text(), text()]).prop_map(
        |((server_version, time_diff, reason, node_id), strings)| OwnedPacket::Connack {
            server_version,
            time_diff,
            reason,
            strings,
            node_id,
        },
    );
    let disconnect =
        (any::<u8>(), text()).prop_map(|(reason, text)| OwnedPacket::Disconnect { reason, text });
    let other = (
        prop::sample::select(&OTHERS[..]),
        prop::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(|(frame_type, body)| OwnedPacket::Other { frame_type, body });
    prop_oneof![
        4 => connect,
        4 => connack,
        2 => disconnect,
        2 => other,
        1 => Just(OwnedPacket::Ping),
        1 => Just(OwnedPacket::Pong),
    ]
}

/// Short and long, ASCII and not; lengths with a byte of 0x80 and more among them.
fn text() -> impl Strategy<Value = String> {
    let chars = |most| prop::collection::vec(any::<char>(), 0..most).prop_map(String::from_iter);
    let ascii = (b' '..=b'~', 0..300_usize)
        .prop_map(|(byte, len)| char::from(byte).to_string().repeat(len));
    prop_oneof![2 => chars(12), 1 => chars(200), 2 => ascii]
}

/// Field by field, of `read` and what was written in a session of `version`. Flags count where
/// they are written: CONNACK's follow from its content, PING and PONG have none.
pub fn assert_same(read: &Frame<'_>, written: &Frame<'_>, version: u8) {
    match (read.packet, written.packet) {
        (Packet::Connect(read), Packet::Connect(written)) => {
            assert_eq!(read.version, written.version);
            assert_eq!(read.device_flag, written.device_flag);
            assert_eq!(read.device_id, written.device_id);
            assert_eq!(read.uid, written.uid);
            assert_eq!(read.token.expose_secret(), written.token.expose_secret());
            assert_eq!(read.client_timestamp, written.client_timestamp);
            assert_eq!(read.client_key, written.client_key);
        }
        (Packet::Connack(connack), Packet::Connack(mut written)) => {
            if version < 4 {
                written.node_id = 0;
            }
            assert_eq!(connack, written);
            let has_server_version = u8::from(written.server_version.is_some());
            return assert_eq!(read.flags.bits(), has_server_version);
        }
        (Packet::Disconnect(read), Packet::Disconnect(written)) => assert_eq!(read, written),
        (Packet::Ping, Packet::Ping) | (Packet::Pong, Packet::Pong) => {
            return assert_eq!(read.flags.bits(), 0);
        }
        (
            Packet::Other { frame_type, body },
            Packet::Other {
                frame_type: written_type,
                body: written_body,
            },
        ) => assert_eq!((frame_type, body), (written_type, written_body)),
        (read, written) => panic!("{written:?} became {read:?}"),
    }
    assert_eq!(read.flags, written.flags);
}
