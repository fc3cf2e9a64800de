//! The whole handshake with 1000 users asked for in turn: bytes → `Acceptor` → check → reply, in
//! buffers that are kept. `cargo bench -p wukongim-auth-benches --bench handshake`

mod typical;

use std::mem;

use divan::{Bencher, black_box};
use typical::{CLIENT_KEY, DEVICE_ID, TOKEN, connect, finish};
use wukongim_auth::frame::{Frame, Limits};
use wukongim_auth::{
    AcceptOptions, Acceptor, DeviceFlag, DeviceLevel, Handshake, KeyPolicy, MemoryStore, Timestamp,
    Token, TokenRecord, Verifier,
};

const USERS: usize = 1000;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

#[divan::bench]
fn accept_without_keys(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        KeyPolicy::Never,
        |uid| connect_of(uid, TOKEN),
        true,
    );
}

/// As from a WebSocket message.
#[divan::bench]
fn accept_read_in_place(bencher: Bencher<'_, '_>) {
    let (store, uids) = users();
    let frames: Vec<Vec<u8>> = uids.iter().map(|uid| connect_of(uid, TOKEN)).collect();
    let mut frames = frames.iter().cycle();
    let (verifier, options) = (Verifier::new(), AcceptOptions::new(KeyPolicy::Never));
    let mut reply = Vec::with_capacity(1024);
    bencher.bench_local(|| {
        reply.clear();
        let message = black_box(frames.next().unwrap());
        let (handshake, _) = Handshake::read_with_json_rpc(message, Limits::default()).unwrap();
        let verdict = verifier.verdict(&store, &handshake.credentials(), NOW);
        let outcome = handshake.answer_into(verdict, &options, &mut reply);
        assert!(outcome.is_ok());
        finish(outcome);
        black_box(reply.len())
    });
}

#[divan::bench(sample_size = 64)]
fn accept_with_keys(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        KeyPolicy::Required,
        |uid| connect_of(uid, TOKEN),
        true,
    );
}

#[divan::bench]
fn accept_json_rpc(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        KeyPolicy::Required,
        |uid| request_of(uid, TOKEN),
        true,
    );
}

#[divan::bench]
fn refuse(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        KeyPolicy::Required,
        |uid| connect_of(uid, CLIENT_KEY),
        false,
    );
}

#[divan::bench]
fn refuse_json_rpc(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        KeyPolicy::Required,
        |uid| request_of(uid, CLIENT_KEY),
        false,
    );
}

fn run(bencher: Bencher<'_, '_>, keys: KeyPolicy, frame: fn(&str) -> Vec<u8>, accepted: bool) {
    let (store, uids) = users();
    let frames: Vec<Vec<u8>> = uids.iter().map(|uid| frame(uid)).collect();
    let mut frames = frames.iter().cycle();
    let mut server = Server {
        verifier: Verifier::new(),
        options: AcceptOptions::new(keys),
        received: Vec::with_capacity(1024),
        reply: Vec::with_capacity(1024),
    };
    bencher.bench_local(|| {
        let answer = server.answer(&store, black_box(frames.next().unwrap()));
        assert_eq!(answer, accepted);
        black_box(server.reply.len())
    });
}

struct Server {
    verifier: Verifier,
    options: AcceptOptions,
    received: Vec<u8>,
    reply: Vec<u8>,
}

impl Server {
    /// Whether the client was accepted.
    fn answer(&mut self, store: &MemoryStore, bytes: &[u8]) -> bool {
        self.reply.clear();
        let received = mem::take(&mut self.received);
        let mut acceptor = Acceptor::with_buffer(received).with_json_rpc();
        let request = acceptor.push(bytes).unwrap().unwrap();
        let handshake = request.handshake().unwrap();
        let verdict = self.verifier.verdict(store, &handshake.credentials(), NOW);
        let outcome = handshake.answer_into(verdict, &self.options, &mut self.reply);
        let accepted = outcome.is_ok();
        finish(outcome);
        self.received = request.into_remaining();
        accepted
    }
}

fn connect_of(uid: &str, token: &str) -> Vec<u8> {
    let mut connect = connect();
    (connect.uid, connect.token) = (uid, token.into());
    let mut bytes = Vec::new();
    Frame::from(connect).encode(4, &mut bytes).unwrap();
    bytes
}

fn request_of(uid: &str, token: &str) -> Vec<u8> {
    let params =
        serde_json::json!({ "uid": uid, "token": token, "deviceFlag": 1, "deviceId": DEVICE_ID });
    let request =
        serde_json::json!({ "jsonrpc": "2.0", "method": "connect", "id": "1", "params": params });
    request.to_string().into_bytes()
}

fn users() -> (MemoryStore, Vec<String>) {
    let store = MemoryStore::new();
    let uids: Vec<_> = (0..USERS).map(|user| format!("{user:032x}")).collect();
    for uid in &uids {
        let record = TokenRecord::issue(Token::new(TOKEN), DeviceLevel::Master);
        store.insert(uid, DeviceFlag::Web, record);
    }
    (store, uids)
}

/// Samples are long enough to hide a cold start and the timer.
const SAMPLE_SIZE: u32 = 4096;

fn main() {
    divan::Divan::default()
        .sample_size(SAMPLE_SIZE)
        .config_with_args()
        .main();
}
