//! What a connection costs, over frames of ordinary size.

use std::hash::BuildHasher;
use std::hint::black_box;

#[cfg(not(feature = "message"))]
use wukongim_auth::Acceptor;
#[cfg(feature = "message")]
use wukongim_auth::Handshake;
use wukongim_auth::frame::{Connect, Frame, Limits};
use wukongim_auth::{
    AcceptOptions, DeviceFlag, DeviceLevel, KeyPolicy, MemoryStore, Timestamp, Token, TokenRecord,
    Verifier,
};

pub const UID: &str = "0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
pub const WRONG: &str = "510da55c0aaef2a956d7c488180d68f9";
const DEVICE_ID: &str = "4f1b0c9d-7e6a-4c58-9b0e-2d1f3a5c7e90";
const CLIENT_KEY: &str = "lDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const USERS: usize = 1000;

/// A CONNECT of 165 bytes: uid and token of 32 hexadecimal digits, device id of 36 characters,
/// client key of 44.
pub fn connect(token: &str) -> Vec<u8> {
    let mut connect = Connect::new(4, UID, DeviceFlag::Web, token);
    connect.device_id = DEVICE_ID;
    connect.client_timestamp = NOW.as_millis();
    connect.client_key = CLIENT_KEY;
    let mut bytes = Vec::new();
    Frame::from(connect).encode(4, &mut bytes).unwrap();
    assert_eq!(bytes.len(), 165);
    bytes
}

/// The same as the EasySDKs say it.
pub fn json(token: &str) -> Vec<u8> {
    let millis = NOW.as_millis();
    format!(
        r#"{{"jsonrpc":"2.0","method":"connect","id":"{DEVICE_ID}","params":{{"uid":"{UID}","token":"{token}","deviceFlag":1,"deviceId":"{DEVICE_ID}","clientTimestamp":{millis}}}}}"#
    )
    .into_bytes()
}

/// A store of 1000 users, among them the one who connects.
pub fn users<S: BuildHasher>(hasher: S) -> MemoryStore<S> {
    let store = MemoryStore::with_hasher(hasher);
    let others = (1..USERS).map(|user| format!("{user:032x}"));
    for uid in others.chain([UID.to_owned()]) {
        let record = TokenRecord::issue(Token::new(TOKEN), DeviceLevel::Master);
        store.insert(&uid, DeviceFlag::Web, record);
    }
    store
}

pub fn decode(frame: &[u8]) {
    black_box(&Frame::decode(frame, 4, Limits::default()));
}

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Rejected,
}

/// A host's way from the first bytes to the answer, with buffers that it keeps. It serves both
/// protocols. Which check it calls, the whole or the verdict alone, and how it reads, is settled when
/// it is built, as for any host: the compiler makes one piece of all that is called once.
pub struct Door {
    verifier: Verifier,
    options: AcceptOptions,
    #[cfg(not(feature = "message"))]
    received: Vec<u8>,
    reply: Vec<u8>,
}

impl Door {
    pub fn new() -> Self {
        Door {
            verifier: Verifier::new(),
            options: AcceptOptions::new(KeyPolicy::Never),
            #[cfg(not(feature = "message"))]
            received: Vec::new(),
            reply: Vec::new(),
        }
    }

    #[cfg(not(feature = "message"))]
    #[inline(never)]
    pub fn greet<S: BuildHasher>(&mut self, store: &MemoryStore<S>, bytes: &[u8]) -> Outcome {
        self.reply.clear();
        let buffer = std::mem::take(&mut self.received);
        let mut acceptor = Acceptor::with_buffer(buffer).with_json_rpc();
        let request = acceptor.push(bytes).unwrap().unwrap();
        let handshake = request.handshake().unwrap();
        let credentials = handshake.credentials();
        #[cfg(not(feature = "verdict"))]
        let verdict = self.verifier.verify(store, &credentials, NOW);
        #[cfg(feature = "verdict")]
        let verdict = self.verifier.verdict(store, &credentials, NOW);
        let answered = handshake.answer_into(verdict, &self.options, &mut self.reply);
        let outcome = match black_box(&answered) {
            Ok(_) => Outcome::Accepted,
            Err(_) => Outcome::Rejected,
        };
        self.received = request.into_remaining();
        black_box(&self.reply);
        outcome
    }

    /// With the whole request at hand.
    #[cfg(feature = "message")]
    #[inline(never)]
    pub fn greet<S: BuildHasher>(&mut self, store: &MemoryStore<S>, message: &[u8]) -> Outcome {
        self.reply.clear();
        let limits = Limits::default();
        let (handshake, rest) = Handshake::read_with_json_rpc(message, limits).unwrap();
        black_box(rest);
        let verdict = self.verifier.verify(store, &handshake.credentials(), NOW);
        let answered = handshake.answer_into(verdict, &self.options, &mut self.reply);
        let outcome = match black_box(&answered) {
            Ok(_) => Outcome::Accepted,
            Err(_) => Outcome::Rejected,
        };
        black_box(&self.reply);
        outcome
    }
}
