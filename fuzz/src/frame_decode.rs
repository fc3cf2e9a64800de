// What has to hold for any bytes that a peer sends. The fuzz target runs it on what the fuzzer
// finds, `tests/fuzz_seeds.rs` on the committed seeds.
//
// Input: session version, mode, then bytes. The low two bits of the mode say what they are, the
// others at which byte they are cut off once.
//
// 0: the bytes as they are, under the limit of upstream; 1: under the default limit.
// 2: the header is written here, so that bodies far larger than the input are reached: first byte,
//    fill byte, length as a u24, start of the body. With the topmost bit of the length set, length
//    and flags are drawn: an exact pair of them is soon hit where every input has another.
// 3: the body is written here, of fields: first byte, then each byte is itself, but `fe LEN FILL`
//    (`fd LEN LEN FILL` for longer ones, `fc FILL` for one that is drawn) is a string with its
//    length before it.

use wukongim_auth::frame::{Frame, FrameError, Limits, Packet, Parsed, RawFrame};

include!("reference_decoder.rs");
include!("input.rs");

/// First byte and four bytes of length.
const LONGEST_HEADER: usize = 5;

/// An exact length is soon hit among few: longer bodies are for inputs that say so.
const SHORT: usize = 1 << 10;

/// Bodies longer than the first are for one input in a thousand, for speed.
const LONG: [usize; 2] = [1 << 14, 1 << 20];

fn frame_decode(data: &[u8]) {
    let most = LONG[usize::from(spread(data) % 1024 == 0)];
    if let &[version, mode, ref bytes @ ..] = data {
        tried(version, mode & 3, Cuts::One(mode >> 2), bytes, most);
    }
}

/// Cut off everywhere.
#[allow(dead_code, reason = "too slow for a fuzzer: for the seeds")]
fn every_way(data: &[u8]) {
    if let &[version, mode, ref bytes @ ..] = data {
        tried(version, mode & 3, Cuts::Every, bytes, LONG[1]);
    }
}

fn tried(version: u8, kind: u8, cuts: Cuts, bytes: &[u8], most: usize) {
    let (upstream, default) = (Limits::UPSTREAM, Limits::default());
    match kind {
        0 => all_properties(bytes, version, upstream, cuts),
        1 => all_properties(bytes, version, default, cuts),
        2 => {
            if let Some(frame) = filled_frame(bytes, most) {
                all_properties(&frame, version, upstream, cuts);
            }
        }
        _ => all_properties(&frame_of_fields(bytes, most), version, upstream, cuts),
    }
}

fn filled_frame(data: &[u8], most: usize) -> Option<Vec<u8>> {
    let &[first, fill, high, middle, low, ref start @ ..] = data else {
        return None;
    };
    // A little over the limit at most.
    let len = |most: usize| u32::from_be_bytes([0, high, middle, low]) as usize % (most + 16);
    let drawn = spread(data) as usize;
    let (len, first) = match high {
        0 => (len(SHORT), first),
        0x80.. => (drawn % (SHORT + 16), first ^ (drawn >> 24 & 15) as u8),
        _ => (len(most), first),
    };
    let mut frame = header(first, len);
    let whole = frame.len() + len;
    frame.extend_from_slice(&start[..start.len().min(len)]);
    frame.resize(whole, fill);
    Some(frame)
}

fn header(first: u8, len: usize) -> Vec<u8> {
    let mut header = Vec::with_capacity(LONGEST_HEADER + len);
    header.push(first);
    let mut rest = len;
    loop {
        let group = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            header.push(group);
            return header;
        }
        header.push(group | 0x80);
    }
}

fn frame_of_fields(data: &[u8], most: usize) -> Vec<u8> {
    let (mut input, mut drawn) = (Input(data), spread(data));
    let first = input.byte();
    let mut body = Vec::with_capacity(256);
    while !input.is_empty() && body.len() < most {
        let len = match input.byte() {
            0xfc => {
                drawn = drawn.rotate_left(24);
                drawn as usize % 128
            }
            0xfd => input.number() % most,
            0xfe => input.byte().into(),
            byte => {
                body.push(byte);
                continue;
            }
        };
        body.extend_from_slice(&(len as u16).to_be_bytes());
        body.resize(body.len() + len, input.byte());
    }
    let mut frame = header(first, body.len());
    frame.extend_from_slice(&body);
    frame
}

fn all_properties(bytes: &[u8], version: u8, limits: Limits, cuts: Cuts) {
    for len in cuts.of(bytes.len()) {
        delimited(&bytes[..len], version, limits);
    }
    let Some((header, end)) = delimited(bytes, version, limits) else {
        return;
    };
    let (frame, rest) = bytes.split_at(end);
    match (
        Frame::decode(bytes, version, limits),
        Frame::decode(frame, version, limits),
    ) {
        (Ok(with_rest), Ok(alone)) => {
            let ((read, behind), (read_alone, nothing)) = (complete(with_rest), complete(alone));
            assert!(std::ptr::eq(behind, rest) && nothing.is_empty());
            assert!(
                agrees_with_reference(&read, &frame[header..], version),
                "{read:?}"
            );
            assert_same(&read, &read_alone);
            round_trip(&read, frame, version);
        }
        // What is wrong with a body does not depend on what follows it.
        (Err(error), Err(alone)) => {
            assert_eq!(error, alone);
            assert!(is_of_the_body(error), "{error}");
            let is_readable = is_readable(frame[0], &frame[header..], version);
            assert!(!is_readable, "{error}, but it can be read by hand");
        }
        (with_rest, alone) => panic!("{with_rest:?}, without the rest {alone:?}"),
    }
}

/// Where the header and the frame end, if they do, as the protocol says.
fn delimited(bytes: &[u8], version: u8, limits: Limits) -> Option<(usize, usize)> {
    match (
        RawFrame::split_first(bytes, limits),
        reference_decode(bytes, limits.max_body()),
    ) {
        (Ok(Parsed::Complete { value: raw, rest }), Reference::Frame { header, end }) => {
            assert!((u8::from(raw.frame_type), raw.flags.bits()) == (bytes[0] >> 4, bytes[0] & 15));
            assert!(std::ptr::eq(rest, &bytes[end..]));
            assert!(
                raw.body.is_empty() && header == end || std::ptr::eq(raw.body, &bytes[header..end])
            );
            Some((header, end))
        }
        (Ok(Parsed::Incomplete { missing }), Reference::Open(open)) => {
            assert_eq!(missing.map(usize::from), open);
            let decoded = Frame::decode(bytes, version, limits);
            let same = matches!(decoded, Ok(Parsed::Incomplete { missing: m }) if m == missing);
            assert!(same, "decoding needs what delimiting needs");
            None
        }
        (Err(error), Reference::Refused(same)) => {
            assert_eq!(error, same);
            assert_eq!(Frame::decode(bytes, version, limits).err(), Some(error));
            None
        }
        (delimited, reference_decode) => {
            panic!("{delimited:?} where the protocol says {reference_decode:?}")
        }
    }
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
    let mut written = Vec::with_capacity(read.len());
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

/// Where the bytes are cut off once.
#[derive(Clone, Copy, PartialEq)]
enum Cuts {
    /// By a number below 64: near the start, near the end, or at so many parts of the whole.
    One(u8),
    Every,
}

impl Cuts {
    fn of(self, len: usize) -> impl Iterator<Item = usize> {
        let at = match self {
            // Of a long frame, some.
            Cuts::Every => return (0..len).step_by(1 + len / 1000),
            Cuts::One(number @ 0..16) => usize::from(number),
            Cuts::One(number @ 16..32) => len.saturating_sub(usize::from(number) - 15),
            Cuts::One(number) => len * (usize::from(number) - 32) / 32,
        };
        (at..len.min(at + 1)).step_by(1)
    }
}
