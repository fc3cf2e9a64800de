//! The codec against upstream's own results, row by row (`tests/vectors/README.md`).

use std::collections::BTreeMap;

use crate::golden::decode::DecodeRow;
use crate::golden::deviations::{COUNTS, Deviation, expected};
use crate::golden::outcome::{ConnackFields, ConnectFields, DisconnectFields, Outcome, flag_names};
use serde::Deserialize;
use wukongim_auth::DeviceFlag;
use wukongim_auth::compare::PresentedToken;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{
    Connack, Connect, Disconnect, Flags, Frame, FrameError, Limits, Packet, Parsed, RawFrame,
};

const ENCODE: &str = include_str!("../vectors/encode.jsonl");
const CAPTURES: &str = include_str!("../vectors/sdk_captures.jsonl");

/// Rows of `encode.jsonl` with a string that is not UTF-8, which this crate's types cannot hold
/// (PROTOCOL §1, "we differ").
const ENCODE_ROWS_NOT_UTF8: usize = 290;

type Decoded<'a> = Result<Parsed<'a, Frame<'a>>, FrameError>;

fn decode(bytes: &[u8], session_version: u8) -> Decoded<'_> {
    Frame::decode(bytes, session_version, Limits::UPSTREAM)
}

#[test]
fn every_decode_row_matches_or_deviates_by_a_named_rule() {
    let rows = DecodeRow::all();
    assert_eq!(rows.len(), 3845);
    for row in &rows {
        let bytes = row.bytes();
        let ours = outcome(&decode(&bytes, row.version), &bytes);
        assert_eq!(ours, expected(row, &bytes), "{}", row.id);
    }
}

#[test]
fn every_deviation_is_about_exactly_so_many_rows() {
    let rows = DecodeRow::all();
    let with_bytes: Vec<_> = rows.iter().map(|row| (row, row.bytes())).collect();
    for count in &COUNTS {
        let about: Vec<_> = with_bytes
            .iter()
            .filter(|(row, bytes)| Deviation::of(row, bytes) == Some(count.deviation))
            .collect();
        let differing = about
            .iter()
            .filter(|(row, bytes)| expected(row, bytes) != *row.upstream())
            .count();
        let counted = (about.len(), differing);
        assert_eq!(
            counted,
            (count.rows, count.differing),
            "{:?}",
            count.deviation
        );
    }
}

#[test]
fn every_refused_row_is_refused_for_the_right_reason() {
    let mut refused = 0;
    for row in DecodeRow::all() {
        let bytes = row.bytes();
        let Err(error) = decode(&bytes, row.version) else {
            continue;
        };
        refused += 1;
        let delimit = row.delimit();
        match Deviation::of(&row, &bytes) {
            Some(Deviation::UnknownType) => {
                assert_eq!(error, FrameError::UnknownType(bytes[0] >> 4), "{}", row.id);
            }
            Some(Deviation::OverlongLength) => {
                assert_eq!(error, FrameError::OverlongLength, "{}", row.id);
            }
            Some(Deviation::InvalidUtf8) => {
                let fields = row.upstream().not_utf8();
                let named =
                    matches!(error, FrameError::InvalidUtf8 { field } if fields.contains(&field));
                assert!(named, "{}: {error}", row.id);
            }
            _ if delimit.kind == "too_large" => {
                let (len, max) = (delimit.remaining_length, 1 << 20);
                assert_eq!(error, FrameError::TooLarge { len, max }, "{}", row.id);
            }
            _ => {
                let of_the_body = matches!(
                    error,
                    FrameError::Truncated { .. }
                        | FrameError::StringTooLong { .. }
                        | FrameError::InvalidUtf8 { .. }
                );
                assert!(of_the_body, "{}: {error}", row.id);
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn the_header_says_how_much_is_missing_and_so_much_completes_the_frame() {
    let (mut told, mut untold) = (0, 0);
    for row in DecodeRow::all() {
        let mut bytes = row.bytes();
        let Ok(Parsed::Incomplete { missing }) = RawFrame::split_first(&bytes, Limits::UPSTREAM)
        else {
            continue;
        };
        let known = row.delimit().total.checked_sub(bytes.len());
        assert_eq!(
            missing.map(usize::from),
            known.filter(|n| *n > 0),
            "{}",
            row.id
        );
        let Some(missing) = missing else {
            untold += 1;
            continue;
        };
        told += 1;
        bytes.resize(bytes.len() + missing.get(), 0);
        let whole = RawFrame::split_first(&bytes, Limits::UPSTREAM).unwrap();
        assert!(
            matches!(whole, Parsed::Complete { rest: [], .. }),
            "{}",
            row.id
        );
    }
    assert!(told > 400 && untold > 20, "{told}, {untold}");
}

#[test]
fn the_header_alone_finds_both_ends_of_every_frame() {
    let mut found = 0;
    for row in DecodeRow::all() {
        let (bytes, upstream) = (row.bytes(), row.delimit());
        let ruled_otherwise = matches!(
            Deviation::of(&row, &bytes),
            Some(Deviation::UnknownType | Deviation::OverlongLength)
        );
        if upstream.kind != "complete" || ruled_otherwise {
            continue;
        }
        found += 1;
        let delimited = RawFrame::split_first(&bytes, Limits::UPSTREAM).unwrap();
        let Parsed::Complete { value: raw, rest } = delimited else {
            panic!("{} is incomplete", row.id);
        };
        assert_eq!(
            Some(u8::from(raw.frame_type)),
            upstream.frame_type,
            "{}",
            row.id
        );
        assert_eq!(raw.body.len(), upstream.remaining_length, "{}", row.id);
        assert_eq!(
            raw.body,
            &bytes[upstream.header_len..upstream.total],
            "{}",
            row.id
        );
        assert_eq!(rest, &bytes[upstream.total..], "{}", row.id);
    }
    assert!(found > 2500, "{found}");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodeRow {
    id: String,
    #[serde(rename = "type")]
    packet: String,
    version: u8,
    flags: BTreeMap<String, bool>,
    connect: Option<ConnectFields>,
    connack: Option<ConnackFields>,
    disconnect: Option<DisconnectFields>,
    result: EncodeResult,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodeResult {
    hex: String,
}

#[test]
fn every_encode_row_matches() {
    let rows: Vec<EncodeRow> = crate::golden::rows(ENCODE);
    assert_eq!(rows.len(), 957);
    let mut not_utf8 = 0;
    for row in rows {
        let fields = Outcome {
            connect: row.connect.clone(),
            connack: row.connack.clone(),
            disconnect: row.disconnect.clone(),
            ..Outcome::default()
        };
        if fields.not_utf8().is_empty() {
            assert_eq!(encode(&row), row.result.hex, "{}", row.id);
            continue;
        }
        not_utf8 += 1;
        let wire = hex::decode(&row.result.hex).unwrap();
        let refused = decode(&wire, row.version);
        assert!(
            matches!(refused, Err(FrameError::InvalidUtf8 { .. })),
            "{}",
            row.id
        );
    }
    assert_eq!(not_utf8, ENCODE_ROWS_NOT_UTF8);
}

/// Writes the row's frame, into a buffer that has room for nothing more.
fn encode(row: &EncodeRow) -> String {
    let set = |name| u8::from(row.flags.get(name) == Some(&true));
    let bits = ["no_persist", "red_dot", "sync_once", "dup"].map(set);
    let bits = bits.iter().rev().fold(0, |bits, bit| bits << 1 | bit);
    let texts: Vec<String> = strings(row);
    let packet = match (row.packet.as_str(), &texts[..]) {
        ("connect", [device_id, uid, token, client_key]) => {
            let fields = row.connect.as_ref().unwrap();
            let device_flag = DeviceFlag::from(fields.device_flag);
            let token = PresentedToken::new(token);
            let mut connect = Connect::new(fields.version, uid, device_flag, token);
            connect.device_id = device_id;
            connect.client_timestamp = fields.client_timestamp;
            connect.client_key = client_key;
            Packet::Connect(connect)
        }
        ("connack", [server_key, salt]) => {
            let fields = row.connack.as_ref().unwrap();
            let mut connack = Connack::new(ReasonCode::from(fields.reason_code));
            // Bit 0 of a CONNACK is no flag of its own: it says that the byte is there.
            let has_server_version = set("has_server_version") == 1;
            connack.server_version = has_server_version.then_some(fields.server_version);
            connack.time_diff = fields.time_diff;
            connack.server_key = server_key;
            connack.salt = salt;
            connack.node_id = fields.node_id;
            Packet::Connack(connack)
        }
        ("disconnect", [reason_text]) => {
            let reason = row.disconnect.as_ref().unwrap().reason_code;
            Packet::Disconnect(Disconnect::new(reason.into(), reason_text))
        }
        ("ping", []) => Packet::Ping,
        ("pong", []) => Packet::Pong,
        (other, _) => panic!("{}: {other}", row.id),
    };
    let mut frame = Frame::new(packet);
    frame.flags = Flags::from_bits(bits);
    let mut buffer = vec![0xaa; frame.encoded_len(row.version).unwrap()];
    let mut room = &mut buffer[..];
    frame.encode(row.version, &mut room).unwrap();
    assert!(room.is_empty(), "{}", row.id);
    hex::encode(buffer)
}

fn strings(row: &EncodeRow) -> Vec<String> {
    let fields = Outcome {
        connect: row.connect.clone(),
        connack: row.connack.clone(),
        disconnect: row.disconnect.clone(),
        ..Outcome::default()
    };
    let text = |(_, hex)| String::from_utf8(hex::decode(hex).unwrap()).unwrap();
    fields.strings().into_iter().map(text).collect()
}

/// A frame of a real session. Other members (keys, checks) are for other tests.
#[derive(Deserialize)]
struct Capture {
    protocol: String,
    packet: String,
    hex: String,
    #[serde(default)]
    decoded: serde_json::Value,
}

#[test]
fn every_frame_of_real_sessions_decodes_to_what_the_sdk_saw() {
    let mut seen = BTreeMap::new();
    // Sessions follow one another; the version of one is that of its CONNECT.
    let mut session_version = 0;
    for capture in crate::golden::rows::<Capture>(CAPTURES) {
        if capture.protocol != "wkproto" {
            continue;
        }
        let bytes = hex::decode(&capture.hex).unwrap();
        let decoded = decode(&bytes, session_version).unwrap();
        let Parsed::Complete { value: frame, rest } = decoded else {
            panic!("{} is incomplete", capture.packet);
        };
        assert_eq!(rest, b"", "{}", capture.packet);
        assert_eq!(frame.packet.frame_type().to_string(), capture.packet);
        if let Packet::Connect(connect) = frame.packet {
            session_version = connect.version;
        }
        assert_as_seen(&frame, &capture.decoded);
        *seen.entry(capture.packet).or_insert(0) += 1;
    }
    let expected = [
        ("CONNACK", 16),
        ("CONNECT", 16),
        ("DISCONNECT", 4),
        ("PING", 4),
        ("PONG", 4),
        ("RECV", 8),
        ("RECVACK", 8),
        ("SEND", 8),
        ("SENDACK", 8),
    ];
    let seen: Vec<_> = seen
        .iter()
        .map(|(packet, n)| (packet.as_str(), *n))
        .collect();
    assert_eq!(seen, expected);
}

fn assert_as_seen(frame: &Frame<'_>, sdk: &serde_json::Value) {
    match frame.packet {
        Packet::Connect(connect) => {
            assert_eq!(frame.flags.bits(), 0);
            assert_eq!(sdk["header"], 0x10);
            assert_eq!(sdk["trailing"], 0);
            assert_eq!(sdk["version"], connect.version);
            assert_eq!(sdk["deviceFlag"], u8::from(connect.device_flag));
            assert_eq!(sdk["deviceID"], connect.device_id);
            assert_eq!(sdk["uid"], connect.uid);
            assert_eq!(sdk["token"], connect.token.expose_secret());
            assert_eq!(sdk["clientTimestamp"], connect.client_timestamp);
            assert_eq!(sdk["clientKey"], connect.client_key);
        }
        Packet::Connack(connack) => {
            // These SDKs speak versions 1 and 2: neither the version byte nor the node id is sent.
            assert_eq!(sdk["hasServerVersion"], connack.server_version.is_some());
            assert_eq!(sdk["withNodeId"], connack.node_id != 0);
            assert_eq!(sdk["timeDiff"], connack.time_diff);
            assert_eq!(sdk["reasonCode"], u8::from(connack.reason));
            assert_eq!(sdk["serverKey"], connack.server_key);
            assert_eq!(sdk["salt"], connack.salt);
        }
        Packet::Disconnect(disconnect) => {
            assert_eq!(sdk["reasonCode"], u8::from(disconnect.reason));
            assert_eq!(sdk["reason"], disconnect.reason_text);
        }
        Packet::Other { .. } => {
            if let Some(red_dot) = sdk.get("redDot") {
                assert_eq!(*red_dot, frame.flags.red_dot());
                assert_eq!(sdk["noPersist"], frame.flags.no_persist());
                assert_eq!(sdk["syncOnce"], frame.flags.sync_once());
                assert_eq!(sdk["dup"], frame.flags.dup());
            }
        }
        Packet::Ping | Packet::Pong => assert!(sdk.is_null()),
        _ => panic!("a packet that the captures do not have"),
    }
}

/// Our own result in the rows' words.
fn outcome(decoded: &Decoded<'_>, bytes: &[u8]) -> Outcome {
    let (frame, rest) = match decoded {
        Ok(Parsed::Complete { value, rest }) => (value, rest),
        Ok(Parsed::Incomplete { .. }) => return Outcome::of_kind("need_more"),
        Err(_) => return Outcome::of_kind("error"),
    };
    let mut outcome = Outcome {
        kind: "frame".into(),
        consumed: bytes.len() - rest.len(),
        frame_type: Some(u8::from(frame.packet.frame_type())),
        ..Outcome::default()
    };
    let mut flags = flag_names(u8::from(frame.packet.frame_type()) << 4 | frame.flags.bits());
    match frame.packet {
        Packet::Connect(connect) => {
            outcome.connect = Some(ConnectFields {
                version: connect.version,
                device_flag: u8::from(connect.device_flag),
                device_id_hex: hex::encode(connect.device_id),
                uid_hex: hex::encode(connect.uid),
                token_hex: hex::encode(connect.token.expose_secret()),
                client_timestamp: connect.client_timestamp,
                client_key_hex: hex::encode(connect.client_key),
            });
        }
        Packet::Connack(connack) => {
            if connack.server_version.is_none() {
                flags.remove("has_server_version");
            }
            outcome.connack = Some(ConnackFields {
                server_version: connack.server_version.unwrap_or_default(),
                time_diff: connack.time_diff,
                reason_code: u8::from(connack.reason),
                server_key_hex: hex::encode(connack.server_key),
                salt_hex: hex::encode(connack.salt),
                node_id: connack.node_id,
            });
        }
        Packet::Disconnect(disconnect) => {
            outcome.disconnect = Some(DisconnectFields {
                reason_code: u8::from(disconnect.reason),
                reason_hex: hex::encode(disconnect.reason_text),
            });
        }
        _ => {}
    }
    outcome.flags = Some(flags);
    outcome
}
