//! What a client sends, and what it reads.

use wukongim_auth::frame::{Connack, Connect, Flags, Frame, Limits, Packet, Parsed};

/// The bytes of a CONNECT.
pub fn encoded(connect: &Connect<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    connect.encode(Flags::default(), &mut bytes).unwrap();
    bytes
}

/// The CONNACK that a reply consists of, as a client of this version reads it.
pub fn connack(reply: &[u8], version: u8) -> Connack<'_> {
    match Frame::decode(reply, version, Limits::default()) {
        Ok(Parsed::Complete {
            value:
                Frame {
                    packet: Packet::Connack(connack),
                    ..
                },
            rest: [],
        }) => connack,
        other => panic!("not one CONNACK: {reply:?} is {other:?}"),
    }
}
