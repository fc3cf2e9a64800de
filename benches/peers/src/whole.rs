//! The whole path for users that are in the cache, and the minimum that it could cost.

use std::hint::black_box;

use wukongim_auth::{DeviceLevel, KeyPolicy, MemoryStore};

use crate::rounds::Bench;
use crate::server::{Outcome, Server};
use crate::typical::DEVICE_ID;
use crate::users::{self, FLAG, HOT, InTurn, NOW, Text};

pub const FLOOR: &str = "floor: 165 bytes copied in, 84 out, two comparisons of 32";
pub const WHOLE: &str = "whole path, no keys";
pub const READ: &str = "whole path, no keys, read in place";
pub const WITH_KEYS: &str = "whole path, session keys";
pub const JSON_RPC: &str = "whole path, JSON-RPC";

/// The content of a CONNACK with keys.
const REPLY_LEN: usize = 84;

pub fn add<'a>(
    bench: &mut Bench<'a>,
    store: &'a MemoryStore,
    connects: &'a [Vec<u8>],
    requests: &'a [Vec<u8>],
) {
    bench.group("whole path");
    floor(bench, connects);
    answers(bench, WHOLE, Server::plain(), store, connects);
    read_in_place(bench, store, connects);
    answers(bench, JSON_RPC, Server::plain(), store, requests);
    let with_keys = Server::new(KeyPolicy::Required);
    answers(bench, WITH_KEYS, with_keys, store, connects);
}

fn answers<'a>(
    bench: &mut Bench<'a>,
    name: &str,
    mut server: Server,
    store: &'a MemoryStore,
    frames: &'a [Vec<u8>],
) {
    let mut turn = InTurn::new(frames);
    bench.add(name, move || {
        let outcome = server.answer(store, black_box(turn.next()));
        assert_eq!(outcome, Outcome::Accepted(DeviceLevel::Master));
        black_box(&server.reply[..]);
    });
    bench.reads(frames[0].len());
}

/// As for a WebSocket message, which holds the whole request.
fn read_in_place<'a>(bench: &mut Bench<'a>, store: &'a MemoryStore, frames: &'a [Vec<u8>]) {
    let (mut turn, mut server) = (InTurn::new(frames), Server::plain());
    bench.add(READ, move || {
        let outcome = server.answer_message(store, black_box(turn.next()));
        assert_eq!(outcome, Outcome::Accepted(DeviceLevel::Master));
        black_box(&server.reply[..]);
    });
    bench.reads(frames[0].len());
}

/// Copies the frame in and a reply out, and compares uid and token with those in an array.
fn floor<'a>(bench: &mut Bench<'a>, frames: &'a [Vec<u8>]) {
    let kept: Vec<(Text, Text)> = (0..HOT as u64)
        .map(|user| (users::uid(user), users::token(user)))
        .collect();
    let uid_at = position(&frames[0], &kept[0].0);
    let token_at = position(&frames[0], &kept[0].1);
    let mut received = Box::new(OnLines([0; 165]));
    let mut reply = Box::new(OnLines([0; REPLY_LEN]));
    let welcome = Box::new(OnLines([7; REPLY_LEN]));
    let mut turn = (0..frames.len()).cycle();
    bench.add(FLOOR, move || {
        let at = turn.next().expect("endless");
        let frame = black_box(&frames[at][..165]);
        received.0.copy_from_slice(frame);
        black_box(&received);
        // Not from the copy, which the processor would have to wait for.
        let uid: &Text = frame[uid_at..uid_at + 32].try_into().expect("32");
        let token: &Text = frame[token_at..token_at + 32].try_into().expect("32");
        assert!(*uid == kept[at].0 && *token == kept[at].1);
        reply.0.copy_from_slice(&black_box(&welcome).0);
        black_box(&reply);
    });
    bench.reads(165);
}

/// Aligned to a cache line: otherwise, the floor's time doubles depending on its address.
#[repr(align(64))]
struct OnLines<T>(T);

pub fn position(frame: &[u8], text: &[u8]) -> usize {
    let found = frame.windows(text.len()).position(|window| window == text);
    found.expect("it is in the frame")
}

/// As the EasySDKs write it, with the same content as the CONNECT.
pub fn json_request(uid: &str, token: &str) -> Vec<u8> {
    let params = serde_json::json!({
        "uid": uid,
        "token": token,
        "deviceFlag": u8::from(FLAG),
        "deviceId": DEVICE_ID,
        "clientTimestamp": NOW.as_millis(),
    });
    let request = serde_json::json!({
        "jsonrpc": "2.0",
        "method": "connect",
        "id": "0b6f1a52-7d1e-4b5e-a3a1-52f0c9d87e11",
        "params": params,
    });
    request.to_string().into_bytes()
}
