//! What a connection costs that is not let in, beside one that is and sends as much in the same way.

mod garbage;
mod refused;

use std::hint::black_box;

use wukongim_auth::{DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord};

use crate::rounds::Bench;
use crate::server::{Outcome, Server};
use crate::users::{
    FLAG, HOT, InTurn, NOW, connect, encoded, hot_frames, record, text, token, uid,
};
use crate::whole::json_request;

pub const REFUSED: &str = "refused";
pub const DIAGNOSED: &str = "refused and diagnosed";
pub const GARBAGE: &str = "garbage";
pub const ACCEPTED: &str = "accepted";

/// What is accepted, to hold the others against.
#[derive(Clone, Copy)]
pub enum Like {
    Connect,
    ShortConnect,
    LongToken,
    ByteByByte,
    JsonRpc,
}

impl Like {
    pub const fn name(self) -> &'static str {
        match self {
            Like::Connect => "accepted: CONNECT",
            Like::ShortConnect => "accepted: the shortest CONNECT",
            Like::LongToken => "accepted: a token of 7 KiB",
            Like::ByteByByte => "accepted: CONNECT, byte by byte",
            Like::JsonRpc => "accepted: JSON-RPC",
        }
    }
}

/// A way to be turned away.
pub struct Kind {
    pub group: &'static str,
    pub name: String,
    pub like: Like,
    frames: Vec<Vec<u8>>,
    chunk_len: usize,
    outcome: Outcome,
}

const LONG: usize = 7 * 1024;

/// From here on as many users who are not let in any more.
const REVOKED: u64 = HOT as u64;
const EXPIRED: u64 = 2 * HOT as u64;

/// The hot users, and others with records that accept nothing.
pub fn store() -> MemoryStore {
    let store = crate::users::hot_store();
    let before = Timestamp::from_millis(NOW.as_millis() - 1000);
    for user in 0..HOT as u64 {
        let issued = || record(text(&token(user)));
        store.insert(text(&uid(user + REVOKED)), FLAG, issued().revoke(before));
        store.insert(
            text(&uid(user + EXPIRED)),
            FLAG,
            issued().with_expiry(before),
        );
    }
    let long = TokenRecord::issue(Token::new(long_token(b't')), DeviceLevel::Master);
    store.insert("long", FLAG, long);
    store.insert("u", FLAG, record("t"));
    store
}

pub fn add<'a>(bench: &mut Bench<'a>, store: &'a MemoryStore) {
    bench.group(ACCEPTED);
    for kind in accepted() {
        kind.add(bench, store, Server::plain());
    }
    for kind in kinds() {
        bench.group(kind.group);
        kind.add(bench, store, Server::plain());
    }
    for kind in kinds().into_iter().filter(|kind| kind.group == REFUSED) {
        bench.group(DIAGNOSED);
        let name = diagnosed(&kind.name);
        Kind { name, ..kind }.add(bench, store, Server::plain().diagnosing());
    }
}

pub fn diagnosed(name: &str) -> String {
    format!("{name}, diagnosed")
}

impl Kind {
    fn add<'a>(self, bench: &mut Bench<'a>, store: &'a MemoryStore, mut server: Server) {
        let len = self.frames.iter().map(Vec::len).sum::<usize>() / self.frames.len();
        let frames: &'static [Vec<u8>] = self.frames.leak();
        let (mut turn, chunk_len, expected) = (InTurn::new(frames), self.chunk_len, self.outcome);
        bench.add(self.name, move || {
            let chunks = black_box(turn.next()).chunks(chunk_len);
            let outcome = server.answer_chunks(store, chunks);
            assert_eq!(outcome, expected);
            black_box(&server.reply[..]);
        });
        bench.reads(len);
    }
}

fn accepted() -> Vec<Kind> {
    let kind = |like: Like, frames, chunk_len| Kind {
        group: ACCEPTED,
        name: like.name().into(),
        like,
        frames,
        chunk_len,
        outcome: Outcome::Accepted(DeviceLevel::Master),
    };
    let connects = || hot_frames(|uid, token| encoded(connect(uid, token)));
    vec![
        kind(Like::Connect, connects(), usize::MAX),
        kind(Like::ShortConnect, vec![short("u", "t")], usize::MAX),
        kind(Like::LongToken, vec![long(b't')], usize::MAX),
        kind(Like::ByteByByte, connects(), 1),
        kind(Like::JsonRpc, hot_frames(json_request), usize::MAX),
    ]
}

pub fn kinds() -> Vec<Kind> {
    let mut kinds = refused::all();
    kinds.extend(garbage::binary());
    kinds.extend(garbage::json());
    kinds
}

fn short(uid: &str, token: &str) -> Vec<u8> {
    let mut connect = connect(uid, token);
    (connect.device_id, connect.client_key) = ("", "");
    encoded(connect)
}

fn long(byte: u8) -> Vec<u8> {
    encoded(connect("long", &long_token(byte)))
}

fn long_token(byte: u8) -> String {
    char::from(byte).to_string().repeat(LONG)
}
