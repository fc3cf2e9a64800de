//! Properties of all frames: round trips, prefixes, limits, the order of checks, and the messages
//! of errors.

use crate::frames::{any_frame, assert_same};
use proptest::prelude::*;
use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{
    Connack, Connect, Disconnect, EncodeError, Flags, Frame, FrameError, FrameType, Limits, Packet,
    Parsed, RawFrame,
};

const MIB: usize = 1 << 20;

fn encoded(frame: &Frame<'_>, version: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(version, &mut bytes).unwrap();
    bytes
}

fn delimit(bytes: &[u8]) -> Result<Parsed<'_, RawFrame<'_>>, FrameError> {
    RawFrame::split_first(bytes, Limits::UPSTREAM)
}

fn error_of(bytes: &[u8]) -> FrameError {
    Frame::decode(bytes, 4, Limits::UPSTREAM).unwrap_err()
}

/// `first`, a minimal remaining length, `body`.
fn raw(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut rest = body.len();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes.extend_from_slice(body);
    bytes
}

fn str_of(text: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(text);
    bytes
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(frame in any_frame(), version: u8, rest: Vec<u8>) {
        let frame = frame.borrow();
        let mut bytes = encoded(&frame, version);
        prop_assert_eq!(bytes.len(), frame.encoded_len(version).unwrap());
        bytes.extend_from_slice(&rest);
        let read = Frame::decode(&bytes, version, Limits::UPSTREAM).unwrap();
        let Parsed::Complete { value, rest: behind } = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!(behind, &rest[..]);
        assert_same(&value, &frame, version);
        prop_assert_eq!(encoded(&value, version), &bytes[..bytes.len() - rest.len()]);
    }

    #[test]
    fn every_prefix_is_incomplete_and_says_what_is_missing(frame in any_frame(), version: u8) {
        let bytes = encoded(&frame.borrow(), version);
        let body_len = match delimit(&bytes).unwrap() {
            Parsed::Complete { value, .. } => value.body.len(),
            incomplete => panic!("{incomplete:?}"),
        };
        for len in 0..bytes.len() {
            let read = Frame::decode(&bytes[..len], version, Limits::UPSTREAM).unwrap();
            let Parsed::Incomplete { missing } = read else {
                panic!("{len} of {}: {read:?}", bytes.len());
            };
            // Known exactly from the end of the header on.
            let known = len >= bytes.len() - body_len;
            let expected = known.then_some(bytes.len() - len);
            prop_assert_eq!(missing.map(usize::from), expected, "{} of {}", len, bytes.len());
        }
    }

    #[test]
    fn bytes_behind_the_last_field_are_ignored(frame in any_frame(), version: u8, more: Vec<u8>) {
        let frame = frame.borrow();
        prop_assume!(matches!(
            frame.packet,
            Packet::Connect(_) | Packet::Connack(_) | Packet::Disconnect(_)
        ));
        let bytes = encoded(&frame, version);
        let Parsed::Complete { value, .. } = delimit(&bytes).unwrap() else { panic!() };
        let longer = raw(bytes[0], &[value.body, &more].concat());
        let read = Frame::decode(&longer, version, Limits::UPSTREAM).unwrap();
        let Parsed::Complete { value, rest: [] } = read else { panic!("{read:?}") };
        assert_same(&value, &frame, version);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, version: u8) {
        let consumed = match Frame::decode(&bytes, version, Limits::default()) {
            Ok(Parsed::Complete { rest, .. }) => bytes.len() - rest.len(),
            _ => 0,
        };
        prop_assert!(consumed <= bytes.len());
    }

    #[test]
    fn a_body_cut_short_names_a_field(frame in any_frame(), version: u8, cut: prop::sample::Index) {
        let bytes = encoded(&frame.borrow(), version);
        let Parsed::Complete { value, .. } = delimit(&bytes).unwrap() else { panic!() };
        let read_whole = matches!(
            value.frame_type,
            FrameType::Connect | FrameType::Connack | FrameType::Disconnect
        );
        prop_assume!(read_whole);
        let shorter = raw(bytes[0], &value.body[..cut.index(value.body.len())]);
        let error = Frame::decode(&shorter, version, Limits::UPSTREAM).unwrap_err();
        prop_assert!(matches!(error, FrameError::Truncated { .. }), "{}", error);
    }
}

#[test]
fn the_default_limit_is_8_kib_and_the_highest_1_mib() {
    assert_eq!(Limits::default().max_body(), 8 * 1024);
    assert_eq!(Limits::UPSTREAM.max_body(), MIB);
    for more in [MIB, MIB + 1, usize::MAX] {
        assert_eq!(Limits::default().with_max_body(more), Limits::UPSTREAM);
    }
    let one_less = Limits::default().with_max_body(MIB - 1);
    assert_eq!(one_less.max_body(), MIB - 1);
    let from_the_highest = Limits::UPSTREAM.with_max_body(0);
    assert_eq!(from_the_highest.max_body(), 0);
}

#[test]
fn a_limit_holds_as_soon_as_the_header_is_there() {
    struct Case {
        limits: Limits,
        header: &'static [u8],
        len: usize,
        accepted: bool,
    }
    let zero = Limits::default().with_max_body(0);
    let none_of = |header, len, accepted| Case {
        limits: zero,
        header,
        len,
        accepted,
    };
    let default = |header, len, accepted| Case {
        limits: Limits::default(),
        header,
        len,
        accepted,
    };
    let highest = |header, len, accepted| Case {
        limits: Limits::UPSTREAM,
        header,
        len,
        accepted,
    };
    let cases = [
        none_of(b"\x30\x00", 0, true),
        none_of(b"\x30\x80\x80\x80\x00", 0, true),
        none_of(b"\x30\x01", 1, false),
        default(b"\x10\x80\x40", 8 * 1024, true),
        default(b"\x10\x81\x40", 8 * 1024 + 1, false),
        default(b"\x10\x81\xc0\x80\x00", 8 * 1024 + 1, false),
        default(b"\x30\xff\xff\xff\x7f", (1 << 28) - 1, false),
        highest(b"\x10\x80\x80\x40", MIB, true),
        highest(b"\x10\x81\x80\x40", MIB + 1, false),
        highest(b"\x90\xff\xff\xff\x7f", (1 << 28) - 1, false),
    ];
    for Case {
        limits,
        header,
        len,
        accepted,
    } in cases
    {
        // Not before the header is whole.
        for cut in 0..header.len() {
            let cut = RawFrame::split_first(&header[..cut], limits);
            assert_eq!(
                cut,
                Ok(Parsed::Incomplete { missing: None }),
                "{header:02x?}"
            );
        }
        let delimited = RawFrame::split_first(header, limits);
        let max = limits.max_body();
        match delimited {
            Ok(Parsed::Complete { value, rest: [] }) => {
                assert!(
                    accepted && len == 0 && value.body.is_empty(),
                    "{header:02x?}"
                );
            }
            Ok(Parsed::Incomplete { missing }) => {
                assert!(accepted, "{header:02x?}");
                assert_eq!(missing.map(usize::from), Some(len), "{header:02x?}");
            }
            other => {
                assert_eq!(
                    other,
                    Err(FrameError::TooLarge { len, max }),
                    "{header:02x?}"
                );
                assert!(!accepted, "{header:02x?}");
            }
        }
    }
}

/// PROTOCOL §1, "order of checks": of two faults, the one that comes first in this order is
/// reported.
#[test]
fn the_checks_come_in_the_order_of_the_protocol() {
    let incomplete = Ok(Parsed::Incomplete { missing: None });
    let unknown = |number| Err(FrameError::UnknownType(number));
    let one_byte = |bytes: &'static [u8]| {
        let Ok(Parsed::Complete { value, rest: [] }) = delimit(&bytes[..1]) else {
            panic!("{bytes:02x?}");
        };
        let rest = &bytes[1..];
        Ok(Parsed::Complete { value, rest })
    };
    struct Case {
        bytes: &'static [u8],
        is: Result<Parsed<'static, RawFrame<'static>>, FrameError>,
    }
    let cases = [
        Case {
            bytes: b"",
            is: incomplete,
        },
        // PING and PONG have no length, whatever follows.
        Case {
            bytes: b"\x70\xff\xff\xff\xff",
            is: one_byte(b"\x70\xff\xff\xff\xff"),
        },
        Case {
            bytes: b"\x8f\x81\x80\x40",
            is: one_byte(b"\x8f\x81\x80\x40"),
        },
        // The type, before the length.
        Case {
            bytes: b"\x00",
            is: unknown(0),
        },
        Case {
            bytes: b"\x0f\xff\xff\xff\xff",
            is: unknown(0),
        },
        Case {
            bytes: b"\xd0",
            is: unknown(13),
        },
        Case {
            bytes: b"\xe0\xff\xff\xff\x7f",
            is: unknown(14),
        },
        Case {
            bytes: b"\xff\xff",
            is: unknown(15),
        },
        // The length, before the limit.
        Case {
            bytes: b"\x10",
            is: incomplete,
        },
        Case {
            bytes: b"\x10\xff\xff\xff",
            is: incomplete,
        },
        Case {
            bytes: b"\x10\xff\xff\xff\xff",
            is: Err(FrameError::OverlongLength),
        },
        Case {
            bytes: b"\x10\x80\x80\x80\x80\x00",
            is: Err(FrameError::OverlongLength),
        },
        // The limit, before the body.
        Case {
            bytes: b"\x10\x81\x80\x40\x04",
            is: Err(FrameError::TooLarge {
                len: MIB + 1,
                max: MIB,
            }),
        },
    ];
    for Case { bytes, is } in cases {
        assert_eq!(delimit(bytes), is, "{bytes:02x?}");
    }
    // A body that is not all there is not looked into.
    let body_of_nonsense = Frame::decode(b"\x90\x04\x0c\xff\xff", 4, Limits::UPSTREAM).unwrap();
    assert!(matches!(body_of_nonsense, Parsed::Incomplete { missing: Some(n) } if n.get() == 1));
}

#[test]
fn all_types_and_all_flags_are_taken() {
    for first in 0x10..=0xcf_u8 {
        let bytes = [first, 0];
        let Ok(Parsed::Complete { value, rest }) = delimit(&bytes) else {
            panic!("{first:02x}");
        };
        assert_eq!(u8::from(value.frame_type) << 4 | value.flags.bits(), first);
        let has_no_length = matches!(first >> 4, 7 | 8);
        assert_eq!(rest.len(), usize::from(has_no_length), "{first:02x}");
        let flags = value.flags;
        let by_name = [
            flags.no_persist(),
            flags.red_dot(),
            flags.sync_once(),
            flags.dup(),
        ];
        let bits = by_name
            .iter()
            .rev()
            .fold(0, |bits, set| bits << 1 | u8::from(*set));
        assert_eq!(bits, first & 0x0f);
    }
    assert_eq!(Flags::from_bits(0xff).bits(), 0x0f);
}

/// Every length that a frame can have is written in its shortest form, and read in every form.
#[test]
fn every_remaining_length_is_written_shortest_and_read_in_every_form() {
    struct Case {
        len: usize,
        forms: &'static [&'static [u8]],
    }
    let cases = [
        Case {
            len: 0,
            forms: &[b"\x00", b"\x80\x00", b"\x80\x80\x80\x00"],
        },
        Case {
            len: 1,
            forms: &[b"\x01", b"\x81\x00", b"\x81\x80\x80\x00"],
        },
        Case {
            len: 127,
            forms: &[b"\x7f", b"\xff\x00", b"\xff\x80\x00"],
        },
        Case {
            len: 128,
            forms: &[b"\x80\x01", b"\x80\x81\x00"],
        },
        Case {
            len: 16_383,
            forms: &[b"\xff\x7f", b"\xff\xff\x00"],
        },
        Case {
            len: 16_384,
            forms: &[b"\x80\x80\x01", b"\x80\x80\x81\x00"],
        },
        Case {
            len: MIB,
            forms: &[b"\x80\x80\x40", b"\x80\x80\xc0\x00"],
        },
        // Beyond what is read, but not beyond what is written.
        Case {
            len: 2_097_151,
            forms: &[b"\xff\xff\x7f"],
        },
        Case {
            len: 2_097_152,
            forms: &[b"\x80\x80\x80\x01"],
        },
    ];
    for Case { len, forms } in cases {
        let body = vec![0x5a; len];
        let packet = Packet::Other {
            frame_type: FrameType::Send,
            body: &body,
        };
        let bytes = encoded(&Frame::new(packet), 4);
        assert_eq!(Frame::new(packet).encoded_len(4), Ok(bytes.len()));
        let shortest = [b"\x30", forms[0]].concat();
        assert_eq!(bytes[..shortest.len()], shortest, "{len}");
        assert_eq!(bytes.len(), shortest.len() + len, "{len}");
        for form in forms {
            let bytes = [b"\x30", *form, &body].concat();
            let delimited = delimit(&bytes);
            if len > MIB {
                assert_eq!(delimited, Err(FrameError::TooLarge { len, max: MIB }));
                continue;
            }
            let Ok(Parsed::Complete { value, rest: [] }) = delimited else {
                panic!("{form:02x?}: {delimited:?}");
            };
            assert_eq!(value.body, body, "{form:02x?}");
        }
    }
}

/// The five strings of CONNECT and DISCONNECT and the two of CONNACK, each as long as may be and
/// one byte longer.
#[test]
fn the_longest_strings_are_written_and_read() {
    let longest = "s".repeat(0x7fff);
    let too_long = "s".repeat(0x8000);
    type Make = for<'a> fn(&'a str) -> Packet<'a>;
    struct Case {
        field: &'static str,
        make: Make,
    }
    let cases = [
        Case {
            field: "device_id",
            make: |text| {
                let mut connect = Connect::new(4, "u", DeviceFlag::App, "t");
                connect.device_id = text;
                connect.into()
            },
        },
        Case {
            field: "uid",
            make: |text| Connect::new(4, text, DeviceFlag::App, "t").into(),
        },
        Case {
            field: "token",
            make: |text| Connect::new(4, "u", DeviceFlag::App, text).into(),
        },
        Case {
            field: "client_key",
            make: |text| {
                let mut connect = Connect::new(4, "u", DeviceFlag::App, "t");
                connect.client_key = text;
                connect.into()
            },
        },
        Case {
            field: "server_key",
            make: |text| {
                let mut connack = Connack::new(ReasonCode::Success);
                connack.server_key = text;
                connack.into()
            },
        },
        Case {
            field: "salt",
            make: |text| {
                let mut connack = Connack::new(ReasonCode::Success);
                connack.salt = text;
                connack.into()
            },
        },
        Case {
            field: "reason_text",
            make: |text| Disconnect::new(ReasonCode::ConnectKick, text).into(),
        },
    ];
    for Case { field, make } in cases {
        let frame = Frame::new(make(&longest));
        let bytes = encoded(&frame, 4);
        let read = Frame::decode(&bytes, 4, Limits::UPSTREAM).unwrap();
        let Parsed::Complete { value, rest: [] } = read else {
            panic!("{field}")
        };
        assert_same(&value, &frame, 4);

        let mut untouched = Vec::new();
        let refused = Frame::new(make(&too_long)).encode(4, &mut untouched);
        assert_eq!(
            refused,
            Err(EncodeError::StringTooLong { field, len: 0x8000 })
        );
        assert_eq!(untouched, b"", "{field}");

        // The same length from a peer: the field's length is the only 0x7fff in the frame.
        let mut negative = bytes;
        let at = negative
            .windows(2)
            .position(|pair| pair == b"\x7f\xff")
            .unwrap();
        negative[at..at + 2].copy_from_slice(b"\x80\x00");
        assert_eq!(
            error_of(&negative),
            FrameError::StringTooLong { field, len: 0x8000 }
        );
        negative[at..at + 2].copy_from_slice(b"\xff\xff");
        assert_eq!(
            error_of(&negative),
            FrameError::StringTooLong { field, len: 0xffff }
        );
    }
}

/// A body cut after each of its bytes names the field that the cut is in.
#[test]
fn the_field_that_is_cut_short_is_named() {
    struct Case {
        first: u8,
        fields: &'static [(&'static str, usize)],
        body: Vec<u8>,
    }
    let connect = [
        &b"\x04\x01"[..],
        &str_of(b"dev"),
        &str_of(b"uid"),
        &str_of(b"tok"),
        &[0; 8],
        &str_of(b"key"),
    ];
    let connack = [
        &b"\x06"[..],
        &[0; 8],
        b"\x01",
        &str_of(b"key"),
        &str_of(b"salt"),
        &[0; 8],
    ];
    let cases = [
        Case {
            first: 0x10,
            fields: &[
                ("version", 1),
                ("device_flag", 1),
                ("device_id", 5),
                ("uid", 5),
                ("token", 5),
                ("client_timestamp", 8),
                ("client_key", 5),
            ],
            body: connect.concat(),
        },
        Case {
            first: 0x21,
            fields: &[
                ("server_version", 1),
                ("time_diff", 8),
                ("reason_code", 1),
                ("server_key", 5),
                ("salt", 6),
                ("node_id", 8),
            ],
            body: connack.concat(),
        },
        Case {
            first: 0x90,
            fields: &[("reason_code", 1), ("reason_text", 6)],
            body: [&b"\x0c"[..], &str_of(b"kick")].concat(),
        },
    ];
    for Case {
        first,
        fields,
        body,
    } in cases
    {
        let field_of_byte = fields.iter().flat_map(|(field, len)| vec![*field; *len]);
        let mut cuts = 0;
        for (len, field) in field_of_byte.enumerate() {
            let error = error_of(&raw(first, &body[..len]));
            assert_eq!(
                error,
                FrameError::Truncated { field },
                "{len} bytes of {first:02x}"
            );
            cuts += 1;
        }
        assert_eq!(cuts, body.len());
        assert!(Frame::decode(&raw(first, &body), 4, Limits::UPSTREAM).is_ok());
    }
}

#[test]
fn text_that_is_not_utf8_is_named() {
    let bad: [&[u8]; 6] = [
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x99",
        b"a\x80",
        b"\xf5\x80\x80\x80",
    ];
    for bad in bad {
        for (nth, field) in ["device_id", "uid", "token", "client_key"]
            .into_iter()
            .enumerate()
        {
            let text = |at| str_of(if at == nth { bad } else { "漢字".as_bytes() });
            let body = [
                &b"\x04\x01"[..],
                &text(0),
                &text(1),
                &text(2),
                &[0; 8],
                &text(3),
            ]
            .concat();
            assert_eq!(
                error_of(&raw(0x10, &body)),
                FrameError::InvalidUtf8 { field }
            );
        }
        for (nth, field) in ["server_key", "salt"].into_iter().enumerate() {
            let text = |at| str_of(if at == nth { bad } else { b"ok" });
            let body = [&[0; 8][..], b"\x01", &text(0), &text(1), &[0; 8]].concat();
            assert_eq!(
                error_of(&raw(0x20, &body)),
                FrameError::InvalidUtf8 { field }
            );
        }
        let body = [&b"\x0c"[..], &str_of(bad)].concat();
        let field = "reason_text";
        assert_eq!(
            error_of(&raw(0x90, &body)),
            FrameError::InvalidUtf8 { field }
        );
    }
}

/// A character must not be put together from two fields, nor from a length and its field.
#[test]
fn every_string_is_utf8_by_itself() {
    struct Case<'a> {
        strings: [&'a [u8]; 3],
        field: &'static str,
    }
    let filler = "x".repeat(0x80).into_bytes();
    // Its length is 00 c3, which with the first byte makes the two bytes of a character.
    let headless = [&b"\x80"[..], &[b'x'; 0xc2]].concat();
    let (filler, headless) = (filler.as_slice(), headless.as_slice());
    let cases = [
        // The next length's bytes are 00 01: a lead byte before them stays alone.
        Case {
            strings: [b"\xc3", b"\xa4", b"t"],
            field: "device_id",
        },
        Case {
            strings: [b"d", b"\xe5\xbc", b"\xa0"],
            field: "uid",
        },
        // Lengths with a byte of 0x80 or more.
        Case {
            strings: [b"\xc3", filler, b"t"],
            field: "device_id",
        },
        Case {
            strings: [filler, b"\xe5", filler],
            field: "uid",
        },
        Case {
            strings: [filler, filler, b"\xa4"],
            field: "token",
        },
        Case {
            strings: [headless, b"u", b"t"],
            field: "device_id",
        },
        Case {
            strings: [b"d", headless, b"t"],
            field: "uid",
        },
        Case {
            strings: [b"d", b"u", headless],
            field: "token",
        },
    ];
    for Case { strings, field } in cases {
        let [device_id, uid, token] = strings.map(str_of);
        let body = [
            &b"\x04\x01"[..],
            &device_id,
            &uid,
            &token,
            &[0; 8],
            &str_of(b""),
        ]
        .concat();
        assert_eq!(
            error_of(&raw(0x10, &body)),
            FrameError::InvalidUtf8 { field }
        );
    }
}

/// Whether the strings are checked together or one by one depends on their lengths, and must not
/// show.
#[test]
fn long_strings_of_all_scripts_come_out_as_they_went_in() {
    let texts = ["", "a", "ä", "漢", "🙂"];
    for len in [0, 1, 31, 63, 64, 127, 128, 194, 195, 255, 256, 300, 1000] {
        for text in texts {
            let text = text.repeat(len);
            let mut connect = Connect::new(4, &text, DeviceFlag::Web, text.as_str());
            connect.device_id = &text;
            connect.client_key = &text;
            let frame = Frame::from(connect);
            let bytes = encoded(&frame, 4);
            let read = Frame::decode(&bytes, 4, Limits::UPSTREAM).unwrap();
            let Parsed::Complete { value, rest: [] } = read else {
                panic!("{len}")
            };
            assert_same(&value, &frame, 4);
        }
    }
}

#[test]
fn a_connack_carries_only_what_its_session_knows() {
    let mut connack = Connack::new(ReasonCode::Success);
    connack.node_id = 0x0102_0304_0506_0708;
    for version in 0..=u8::MAX {
        let bytes = encoded(&connack.into(), version);
        let with_node_id = version >= 4;
        assert_eq!(bytes.len(), if with_node_id { 23 } else { 15 }, "{version}");
        assert_eq!(
            bytes.ends_with(&[1, 2, 3, 4, 5, 6, 7, 8]),
            with_node_id,
            "{version}"
        );
        assert_eq!(bytes[0], 0x20);
    }
    connack.server_version = Some(6);
    assert_eq!(encoded(&connack.into(), 4)[..3], [0x21, 22, 6]);
}

#[test]
fn a_buffer_without_room_is_left_as_it_is() {
    let mut connect = Connect::new(4, "u", DeviceFlag::App, "t");
    connect.client_key = "k";
    let body: &[u8] = b"body";
    let frames = [
        Frame::from(connect),
        Frame::from(Connack::new(ReasonCode::AuthFail)),
        Frame::from(Disconnect::new(ReasonCode::ConnectKick, "kicked")),
        Frame::new(Packet::Ping),
        Frame::new(Packet::Pong),
        Frame::new(Packet::Other {
            frame_type: FrameType::Send,
            body,
        }),
    ];
    for frame in frames {
        let needed = frame.encoded_len(4).unwrap();
        for remaining in 0..needed {
            let mut buffer = vec![0xaa; remaining];
            let mut room = &mut buffer[..];
            let full = EncodeError::BufferFull { needed, remaining };
            assert_eq!(frame.encode(4, &mut room), Err(full), "{frame:?}");
            assert_eq!(room.len(), remaining, "{frame:?}");
            assert!(buffer.iter().all(|byte| *byte == 0xaa), "{frame:?}");
        }
        let mut buffer = vec![0xaa; needed + 1];
        let mut room = &mut buffer[..];
        frame.encode(4, &mut room).unwrap();
        assert_eq!(room.len(), 1, "{frame:?}");
        assert_eq!(buffer[needed], 0xaa, "{frame:?}");
        assert_eq!(buffer[..needed], encoded(&frame, 4), "{frame:?}");
    }
}

#[test]
fn a_body_longer_than_the_length_can_say_is_not_written() {
    // Zeroed memory that nobody touches: it costs nothing.
    let body = vec![0; 1 << 28];
    let frame_of = |body| {
        Frame::new(Packet::Other {
            frame_type: FrameType::Send,
            body,
        })
    };
    let most = frame_of(&body[1..]);
    assert_eq!(most.encoded_len(4), Ok(5 + (1 << 28) - 1));
    let more = frame_of(&body[..]);
    let too_long = EncodeError::BodyTooLong { len: 1 << 28 };
    assert_eq!(more.encoded_len(4), Err(too_long));
    let mut untouched = Vec::new();
    assert_eq!(more.encode(4, &mut untouched), Err(too_long));
    assert_eq!(untouched, b"");
}

#[test]
fn errors_say_what_is_wrong() {
    let cases: [(&dyn core::error::Error, &str); 10] = [
        (&FrameError::UnknownType(13), "frame type 13 does not exist"),
        (
            &FrameError::OverlongLength,
            "the remaining length is longer than four bytes",
        ),
        (
            &FrameError::TooLarge {
                len: 8193,
                max: 8192,
            },
            "the frame body has 8193 bytes, at most 8192 are accepted",
        ),
        (
            &FrameError::Truncated { field: "uid" },
            "the frame body ends before the end of its uid",
        ),
        (
            &FrameError::StringTooLong {
                field: "token",
                len: 32768,
            },
            "the token claims 32768 bytes, at most 32767 are possible",
        ),
        (
            &FrameError::InvalidUtf8 { field: "device_id" },
            "the device_id is not UTF-8",
        ),
        (
            &EncodeError::StringTooLong {
                field: "salt",
                len: 32768,
            },
            "the salt has 32768 bytes, at most 32767 can be written",
        ),
        (
            &EncodeError::BodyTooLong { len: 1 << 28 },
            "the frame body has 268435456 bytes, at most 268435455 can be written",
        ),
        (
            &EncodeError::BufferFull {
                needed: 24,
                remaining: 3,
            },
            "the frame takes 24 bytes, the buffer has room for 3",
        ),
        (&FrameError::UnknownType(0), "frame type 0 does not exist"),
    ];
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
        assert!(error.source().is_none(), "{text}");
    }
}

#[test]
fn frame_errors_have_labels_that_stay() {
    let cases = [
        (FrameError::UnknownType(13), "unknown_type"),
        (FrameError::OverlongLength, "overlong_length"),
        (FrameError::TooLarge { len: 2, max: 1 }, "too_large"),
        (FrameError::Truncated { field: "uid" }, "truncated"),
        (
            FrameError::StringTooLong {
                field: "uid",
                len: 32768,
            },
            "string_too_long",
        ),
        (FrameError::InvalidUtf8 { field: "uid" }, "invalid_utf8"),
    ];
    for (error, label) in cases {
        assert_eq!(error.label(), label);
    }
}

#[test]
fn frame_types_are_named_as_the_protocol_names_them() {
    let names = [
        "CONNECT",
        "CONNACK",
        "SEND",
        "SENDACK",
        "RECV",
        "RECVACK",
        "PING",
        "PONG",
        "DISCONNECT",
        "SUB",
        "SUBACK",
        "EVENT",
    ];
    for (number, name) in (1..).zip(names) {
        let bytes = [number << 4, 0];
        let Ok(Parsed::Complete { value, .. }) = delimit(&bytes) else {
            panic!("{name}")
        };
        assert_eq!(u8::from(value.frame_type), number);
        assert_eq!(value.frame_type.to_string(), name);
    }
}

#[test]
fn nothing_that_is_printed_holds_the_token() {
    const CANARY: &str = "canary-5e1b0c9d7f";
    let connect = Connect::new(4, "alice", DeviceFlag::Web, CANARY);
    let frame = Frame::from(connect);
    let bytes = encoded(&frame, 4);
    let raw = delimit(&bytes).unwrap();
    let decoded = Frame::decode(&bytes, 4, Limits::UPSTREAM).unwrap();
    let send = Frame::new(Packet::Other {
        frame_type: FrameType::Send,
        body: CANARY.as_bytes(),
    });
    let fingerprint = format!("{:?}", connect.token);
    assert!(fingerprint.starts_with("PresentedToken(len=17 sha256="));

    let hidden_in = |printed: &str| {
        let as_list: Vec<_> = CANARY
            .bytes()
            .take(4)
            .map(|byte| byte.to_string())
            .collect();
        let forms = [
            CANARY.to_owned(),
            CANARY[..8].to_owned(),
            CANARY[9..].to_owned(),
            hex::encode(&CANARY[..8]),
            as_list.join(", "),
            as_list.join(",\n"),
        ];
        forms.iter().all(|form| !printed.contains(form.as_str()))
    };
    // The search finds what is there to be found.
    assert!(!hidden_in(&format!("{:?}", CANARY.as_bytes())));
    assert!(!hidden_in(CANARY));

    let with_fingerprint: [&dyn core::fmt::Debug; 4] = [&connect, &frame, &frame.packet, &decoded];
    for value in with_fingerprint {
        for printed in [format!("{value:?}"), format!("{value:#?}")] {
            assert!(hidden_in(&printed), "{printed}");
            assert!(printed.contains(&fingerprint), "{printed}");
            assert!(printed.contains("alice"), "{printed}");
        }
    }
    let without: [&dyn core::fmt::Debug; 3] = [&raw, &send, &send.packet];
    for value in without {
        for printed in [format!("{value:?}"), format!("{value:#?}")] {
            assert!(hidden_in(&printed), "{printed}");
            assert!(printed.contains("body_len"), "{printed}");
        }
    }
}

#[test]
fn text_of_a_peer_cannot_forge_a_line_of_a_log() {
    let nasty = "a\"\n\u{202e}\u{1b}[31m".to_owned() + &"x".repeat(100);
    let mut connect = Connect::new(4, &nasty, DeviceFlag::Web, "t");
    connect.device_id = &nasty;
    connect.client_key = &nasty;
    let mut connack = Connack::new(ReasonCode::Success);
    connack.server_key = &nasty;
    connack.salt = &nasty;
    let disconnect = Disconnect::new(ReasonCode::ConnectKick, &nasty);
    let printed = [
        format!("{connect:?}"),
        format!("{connack:?}"),
        format!("{disconnect:?}"),
    ];
    for printed in printed {
        assert!(
            printed.contains(r#""a\"\n\u{202e}\u{1b}[31mxxx"#),
            "{printed}"
        );
        assert!(!printed.contains(char::is_control), "{printed}");
        assert!(!printed.contains(&"x".repeat(64)), "{printed}");
    }
}
