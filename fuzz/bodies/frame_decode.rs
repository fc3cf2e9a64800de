// What has to hold for any bytes that a peer sends. The fuzz target runs it on what the fuzzer
// finds, `tests/fuzz_seeds.rs` on the committed seeds.
//
// Input: session version, mode, then bytes. Mode 0 takes the bytes as they are, under the limit
// of upstream; mode 1 under the default limit. Mode 2 writes the header itself, so that bodies
// far larger than the input are reached: first byte, fill byte, length as a u24, start of the body.

use wukongim_auth::frame::{Frame, FrameError, Limits, Packet, Parsed, RawFrame};

/// Of longer frames not every prefix is tried, for speed.
const EVERY_PREFIX_UP_TO: usize = 192;

/// First byte and four bytes of length.
const LONGEST_HEADER: usize = 5;

fn frame_decode(data: &[u8]) {
    let &[version, mode, ref bytes @ ..] = data else {
        return;
    };
    match mode {
        0 => all_properties(bytes, version, Limits::UPSTREAM),
        1 => all_properties(bytes, version, Limits::default()),
        2 => {
            if let Some(frame) = filled_frame(bytes) {
                all_properties(&frame, version, Limits::UPSTREAM);
            }
        }
        _ => {}
    }
}

fn filled_frame(data: &[u8]) -> Option<Vec<u8>> {
    let &[first, fill, high, middle, low, ref start @ ..] = data else {
        return None;
    };
    // A little over the limit at most.
    let len = u32::from_be_bytes([0, high, middle, low]) as usize % ((1 << 20) + 16);
    let mut frame = vec![first];
    let mut rest = len;
    loop {
        let group = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            frame.push(group);
            break;
        }
        frame.push(group | 0x80);
    }
    let whole = frame.len() + len;
    frame.extend_from_slice(&start[..start.len().min(len)]);
    frame.resize(whole, fill);
    Some(frame)
}

fn all_properties(bytes: &[u8], version: u8, limits: Limits) {
    match RawFrame::delimit(bytes, limits) {
        Ok(Parsed::Complete { value: raw, rest }) => {
            let consumed = bytes.len() - rest.len();
            assert_eq!(&bytes[consumed..], rest, "the rest is the end of the input");
            let header = consumed - raw.body.len();
            assert!((1..=LONGEST_HEADER).contains(&header));
            assert!(raw.body.len() <= limits.max_body());
            assert_eq!(raw.body, &bytes[header..consumed]);
            whole_frame(&bytes[..consumed], rest, bytes, version, limits);
        }
        Ok(Parsed::Incomplete { missing }) => {
            let decoded = Frame::decode(bytes, version, limits);
            let same = matches!(decoded, Ok(Parsed::Incomplete { missing: m }) if m == missing);
            assert!(same, "decoding needs what delimiting needs");
            incomplete(bytes, missing.map(usize::from), limits);
        }
        Err(error) => {
            assert_eq!(Frame::decode(bytes, version, limits).err(), Some(error));
            unreadable(bytes, error, limits);
        }
    }
}

/// The header is readable and the body is there.
fn whole_frame(frame: &[u8], rest: &[u8], bytes: &[u8], version: u8, limits: Limits) {
    for len in prefixes(frame.len()) {
        let prefix = Frame::decode(&frame[..len], version, limits);
        let missing = match prefix {
            Ok(Parsed::Incomplete { missing }) => missing.map(usize::from),
            other => panic!("the first {len} bytes of {} gave {other:?}", frame.len()),
        };
        let told = missing.map_or(len < LONGEST_HEADER, |missing| missing == frame.len() - len);
        assert!(told, "{missing:?} missing at {len} of {}", frame.len());
    }
    let with_rest = Frame::decode(bytes, version, limits);
    let alone = Frame::decode(frame, version, limits);
    let (read, read_alone) = match (with_rest, alone) {
        (Ok(read), Ok(read_alone)) => (complete(read), complete(read_alone)),
        // What is wrong with a body does not depend on what follows it.
        (Err(error), Err(alone)) => {
            assert_eq!(error, alone);
            return assert!(is_of_the_body(error), "{error}");
        }
        (with_rest, alone) => panic!("{with_rest:?}, without the rest {alone:?}"),
    };
    assert_eq!((read.1, read_alone.1), (rest, &b""[..]));
    assert_same(&read.0, &read_alone.0);
    round_trip(&read.0, frame, version);
}

fn complete<'a>(parsed: Parsed<'a, Frame<'a>>) -> (Frame<'a>, &'a [u8]) {
    match parsed {
        Parsed::Complete { value, rest } => (value, rest),
        Parsed::Incomplete { missing } => panic!("{missing:?} missing from what is whole"),
    }
}

fn is_of_the_body(error: FrameError) -> bool {
    matches!(
        error,
        FrameError::Truncated { .. }
            | FrameError::StringTooLong { .. }
            | FrameError::InvalidUtf8 { .. }
    )
}

fn round_trip(frame: &Frame<'_>, read: &[u8], version: u8) {
    let mut written = Vec::new();
    frame
        .encode(version, &mut written)
        .expect("what was read can be written");
    assert_eq!(written.len(), frame.encoded_len(version).unwrap());
    // Bytes behind the last field and a length longer than need be are not written again.
    assert!(written.len() <= read.len());
    match Frame::decode(&written, version, Limits::UPSTREAM) {
        Ok(Parsed::Complete { value, rest: [] }) => assert_same(&value, frame),
        other => panic!("written and read again: {other:?}"),
    }
}

fn incomplete(bytes: &[u8], missing: Option<usize>, limits: Limits) {
    let Some(missing) = missing else {
        assert!(
            bytes.len() < LONGEST_HEADER,
            "a header of {} bytes",
            bytes.len()
        );
        return;
    };
    assert!(missing <= limits.max_body());
    let mut more = bytes.to_vec();
    more.resize(bytes.len() + missing, 0);
    let whole = RawFrame::delimit(&more, limits);
    assert!(
        matches!(whole, Ok(Parsed::Complete { rest: [], .. })),
        "{missing} more: {whole:?}"
    );
    more.pop();
    let almost = RawFrame::delimit(&more, limits);
    assert!(matches!(almost, Ok(Parsed::Incomplete { missing: Some(n) }) if n.get() == 1));
}

/// What is wrong with a header is known as soon as the header is there.
fn unreadable(bytes: &[u8], error: FrameError, limits: Limits) {
    let header = &bytes[..bytes.len().min(LONGEST_HEADER)];
    assert_eq!(RawFrame::delimit(header, limits), Err(error));
    match error {
        FrameError::UnknownType(number) => assert!(matches!(number, 0 | 13..)),
        FrameError::OverlongLength => {}
        FrameError::TooLarge { len, max } => assert!(len > max && max == limits.max_body()),
        other => panic!("delimiting does not look into the body: {other}"),
    }
}

/// Field by field. Flags count where they are written: CONNACK's follow from its content, PING
/// and PONG have none.
fn assert_same(a: &Frame<'_>, b: &Frame<'_>) {
    match (a.packet, b.packet) {
        (Packet::Connect(a), Packet::Connect(b)) => {
            assert_eq!((a.version, a.device_flag), (b.version, b.device_flag));
            assert_eq!((a.device_id, a.uid), (b.device_id, b.uid));
            assert_eq!(a.token.expose_secret(), b.token.expose_secret());
            assert_eq!(a.client_timestamp, b.client_timestamp);
            assert_eq!(a.client_key, b.client_key);
        }
        (Packet::Connack(a), Packet::Connack(b)) => return assert_eq!(a, b),
        (Packet::Disconnect(a), Packet::Disconnect(b)) => assert_eq!(a, b),
        (Packet::Ping, Packet::Ping) | (Packet::Pong, Packet::Pong) => return,
        (
            Packet::Other {
                frame_type: a,
                body: a_body,
            },
            Packet::Other {
                frame_type: b,
                body: b_body,
            },
        ) => assert_eq!((a, a_body), (b, b_body)),
        (a, b) => panic!("{a:?} became {b:?}"),
    }
    assert_eq!(a.flags, b.flags);
}

/// All strict prefixes of a short frame; of a long one those around its ends and some between.
fn prefixes(len: usize) -> impl Iterator<Item = usize> {
    let step = if len <= EVERY_PREFIX_UP_TO {
        1
    } else {
        len / 16
    };
    let around = (0..len.min(16)).chain(len.saturating_sub(4)..len);
    around.chain((0..len).step_by(step))
}
