//! What is not a request to connect, and requests that cost more to read than others.

use super::{GARBAGE, Kind, Like};
use crate::server::Outcome;
use crate::users::{connect, encoded, text, token, uid};
use crate::whole::{json_request, position};

pub fn binary() -> Vec<Kind> {
    let kind = |name: &str, like, bytes, chunk_len, outcome| Kind {
        group: GARBAGE,
        name: name.into(),
        like,
        frames: vec![bytes],
        chunk_len,
        outcome,
    };
    let whole = encoded(connect(text(&uid(0)), text(&token(0))));
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    let all = usize::MAX;
    // Behind the head of a CONNECT, what never was one.
    let noise: Vec<u8> = (0..whole.len())
        .map(|at| (at * 167 + 13) as u8 | 1)
        .collect();
    let noise_in_frame = [&whole[..3], &noise[3..]].concat();
    let uid_at = position(&whole, &uid(0));
    let last = whole.len() - 1;
    vec![
        kind(
            "no frame at all",
            Like::Connect,
            noise,
            all,
            Outcome::Closed,
        ),
        kind(
            "another frame than CONNECT",
            Like::Connect,
            with(0, 0x30),
            all,
            Outcome::Closed,
        ),
        kind(
            "noise in a CONNECT",
            Like::Connect,
            noise_in_frame,
            all,
            Outcome::Closed,
        ),
        kind(
            "a uid that is no UTF-8",
            Like::Connect,
            with(uid_at + 31, 0xff),
            all,
            Outcome::Closed,
        ),
        kind(
            "a CONNECT without its end",
            Like::Connect,
            whole[..last].into(),
            all,
            Outcome::Waiting,
        ),
        kind(
            "a CONNECT without its end, byte by byte",
            Like::ByteByByte,
            whole[..last].into(),
            1,
            Outcome::Waiting,
        ),
    ]
}

pub fn json() -> Vec<Kind> {
    let kind = |name: &str, bytes: Vec<u8>, outcome| Kind {
        group: GARBAGE,
        name: name.into(),
        like: Like::JsonRpc,
        frames: vec![bytes],
        chunk_len: usize::MAX,
        outcome,
    };
    let request = json_request(text(&uid(0)), text(&token(0)));
    let cut = request[..request.len() - 1].to_vec();
    let other = String::from_utf8_lossy(&request).replace("\"connect\"", "\"publish\"");
    let malformed = String::from_utf8_lossy(&request).replace("\"uid\":", "\"uid\" ");
    let members = format!("{{{}}}", "\"a\":1,".repeat(200));
    let escapes =
        String::from_utf8_lossy(&request).replace(text(&token(0)), &"\\u0041".repeat(1000));
    vec![
        kind("whitespace, 8 KiB", vec![b' '; 8 * 1024], Outcome::Waiting),
        kind("JSON without its end", cut, Outcome::Waiting),
        kind("JSON that is malformed", malformed.into(), Outcome::Closed),
        kind("JSON of another method", other.into(), Outcome::Closed),
        kind(
            "JSON too deep",
            "{\"a\":".repeat(33).into(),
            Outcome::Closed,
        ),
        kind("JSON of 200 members", members.into(), Outcome::Closed),
        kind(
            "JSON with 1000 escapes in a wrong token",
            escapes.into(),
            Outcome::Refused,
        ),
    ]
}
