//! Frames of a real session: the npm package wukongimjssdk 1.0.4 with a server that uses upstream's
//! codec.

use wukongim_auth::frame::{Limits, Parsed, RawFrame};
use wukongim_auth::session::SessionKeys;

use super::{Recv, Send, Sendack};
use crate::crypto;

const SECRET: &str = "4a5c91a74a7df9c3f7d7447b6f3a473d819e577a4b52665e0a9de644eeaf2d18";
const SALT: [u8; 16] = *b"mTmhzOGMt9bgnnlQ";
const PLAIN: &str = "{\"content\":\"session key probe: 你好 🔑\",\"type\":1}";

const SEND: &str = "\
    32a8010000000001002131643231653132613162326233343263383030343430656530356365376139613300\
    03626f6201002036356163653661396637386366376333303435383663393335663065323466333956524e56\
    3262714c74527366506a7a2f7837594a534c617059774f4e68466569702b3835717936513341497366476f6f\
    717a3674304a71343871365264474c4b4469443264714e4f4f43347a3372765834424736773d3d";
const SENDACK: &str = "401117979cfe362a0001000000010000000101";
const RECV: &str = "\
    50ba0100002035366366623133303939363838333763353836393961366632313361383339340003626f6200\
    03626f620100223164323165313261316232623334326338303034343065653035636537613961336517979c\
    fe362a0001000000016b0285123956524e563262714c74527366506a7a2f7837594a534c617059774f4e6846\
    6569702b3835717936513341497366476f6f717a3674304a71343871365264474c4b4469443264714e4f4f43\
    347a3372765834424736773d3d";

fn keys() -> SessionKeys {
    let secret: [u8; 32] = hex::decode(SECRET).unwrap().try_into().unwrap();
    SessionKeys::derive(&secret, SALT)
}

/// A SEND's body.
fn body(bytes: &[u8]) -> Vec<u8> {
    match RawFrame::split_first(bytes, Limits::default()) {
        Ok(Parsed::Complete { value, rest: [] }) => value.body.to_vec(),
        other => panic!("not one frame: {other:?}"),
    }
}

#[test]
fn a_captured_send_is_read_and_opened() {
    let body = body(&hex::decode(SEND).unwrap());
    let send = Send::decode(&body, 2).unwrap();
    assert_eq!(
        (send.client_seq, send.channel_id, send.channel_type),
        (1, "bob", 1)
    );
    assert_eq!(crypto::msg_key(&keys(), &send.signed()), send.msg_key);
    assert_eq!(
        crypto::open(&keys(), send.payload).unwrap(),
        PLAIN.as_bytes()
    );
}

#[test]
fn a_captured_sendack_is_written_byte_for_byte() {
    let ack = Sendack {
        message_id: 1_700_000_000_000_000_001,
        client_seq: 1,
        message_seq: 1,
        reason: 1.into(),
    };
    assert_eq!(hex::encode(ack.encode(2).unwrap()), SENDACK);
}

#[test]
fn a_captured_recv_is_written_byte_for_byte() {
    let payload = crypto::seal(&keys(), PLAIN.as_bytes());
    let recv = Recv {
        from_uid: "bob",
        channel_id: "bob",
        channel_type: 1,
        expire: 60,
        client_msg_no: "1d21e12a1b2b342c800440ee05ce7a9a3e",
        message_id: 1_700_000_000_000_000_001,
        message_seq: 1,
        timestamp: 1_795_327_250,
        payload: &payload,
    };
    let msg_key = crypto::msg_key(&keys(), &recv.signed());
    assert_eq!(hex::encode(recv.encode(&msg_key, 2).unwrap()), RECV);
}

#[test]
fn fields_come_and_go_with_version_and_setting() {
    struct Case {
        version: u8,
        body: &'static [u8],
    }
    for Case { version, body } in [
        Case {
            version: 1,
            body: b"\x00\0\0\0\x07\0\x01n\0\x01c\x02\0\x01kpay",
        },
        Case {
            version: 1,
            body: b"\x02\0\0\0\x07\0\x01n\0\x01c\x02\0\x01kpay",
        },
        Case {
            version: 2,
            body: b"\x02\0\0\0\x07\0\x01n\0\x01s\0\x01c\x02\0\x01kpay",
        },
        Case {
            version: 2,
            body: b"\x08\0\0\0\x07\0\x01n\0\x01c\x02\0\x01k\0\x01tpay",
        },
        Case {
            version: 3,
            body: b"\x00\0\0\0\x07\0\x01n\0\x01c\x02\0\0\0\x09\0\x01kpay",
        },
        Case {
            version: 4,
            body: b"\x0a\0\0\0\x07\0\x01n\0\x01s\0\x01c\x02\0\0\0\x09\0\x01k\0\x01tpay",
        },
        Case {
            version: 5,
            body: b"\x02\0\0\0\x07\0\x01n\0\x01c\x02\0\0\0\x09\0\x01kpay",
        },
    ] {
        let send = Send::decode(body, version).unwrap();
        let strings = (
            send.client_msg_no,
            send.channel_id,
            send.msg_key,
            send.payload,
        );
        assert_eq!(strings, ("n", "c", "k", &b"pay"[..]), "version {version}");
        let numbers = (send.client_seq, send.channel_type, send.expire);
        assert_eq!(
            numbers,
            (7, 2, if version >= 3 { 9 } else { 0 }),
            "version {version}"
        );
        let fields_end = body.len() - b"pay".len();
        for end in 0..fields_end {
            assert!(Send::decode(&body[..end], version).is_none(), "{end} bytes");
        }
    }
}

#[test]
fn what_was_sealed_with_other_keys_is_not_opened() {
    let other = SessionKeys::derive(&[7; 32], SALT);
    let sealed = crypto::seal(&keys(), PLAIN.as_bytes());
    assert_ne!(
        crypto::open(&other, sealed.as_bytes()).as_deref(),
        Some(PLAIN.as_bytes())
    );
    assert_ne!(
        crypto::msg_key(&other, b"1"),
        crypto::msg_key(&keys(), b"1")
    );
    for garbage in [&b"\xff"[..], b"%%%%", b"AAAA", b""] {
        assert_eq!(crypto::open(&keys(), garbage), None);
    }
}
