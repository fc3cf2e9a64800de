//! A whole check against the embedded store with 1000 users, asked for in turn, unless it says
//! otherwise.
//! `cargo bench -p wukongim-auth-benches --bench verify`

mod scattered;
mod typical;

use divan::{Bencher, black_box};
use scattered::Crowd;
use typical::{DEVICE_ID, TOKEN, connect, finish};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connack, Frame, Limits, Packet, Parsed};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord, TokenStore,
    Verified, Verifier, VerifyError,
};

const USERS: usize = 1000;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The cost of a lookup alone.
#[divan::bench]
fn get(bencher: Bencher<'_, '_>) {
    let (store, uids) = users();
    let mut uids = uids.iter().cycle();
    bencher.bench_local(|| finish(store.get(black_box(uids.next().unwrap()), DeviceFlag::Web)));
}

#[divan::bench]
fn accept(bencher: Bencher<'_, '_>) {
    run(bencher, Verifier::verify, DeviceFlag::Web, TOKEN);
}

/// Among a million users, in random order.
#[divan::bench]
fn accept_one_of_a_million(bencher: Bencher<'_, '_>) {
    let crowd = Crowd::of(1_000_000);
    let (verifier, mut uids) = (Verifier::new(), crowd.uids.iter().cycle());
    bencher.bench_local(|| {
        let uid = black_box(uids.next().unwrap());
        let credentials = Credentials::new(uid, DeviceFlag::Web, black_box(TOKEN));
        let verified = verifier.verify(&crowd.store, &credentials, NOW);
        assert!(verified.is_ok());
        finish(verified);
    });
}

#[divan::bench]
fn refuse_a_wrong_token(bencher: Bencher<'_, '_>) {
    run(bencher, Verifier::verdict, DeviceFlag::Web, &wrong());
}

#[divan::bench]
fn refuse_a_wrong_token_and_diagnose(bencher: Bencher<'_, '_>) {
    run(bencher, Verifier::verify, DeviceFlag::Web, &wrong());
}

#[divan::bench]
fn refuse_another_flag(bencher: Bencher<'_, '_>) {
    run(bencher, Verifier::verdict, DeviceFlag::App, TOKEN);
}

#[divan::bench]
fn refuse_another_flag_and_diagnose(bencher: Bencher<'_, '_>) {
    run(bencher, Verifier::verify, DeviceFlag::App, TOKEN);
}

#[divan::bench]
fn refuse_a_stranger(bencher: Bencher<'_, '_>) {
    run_over(
        bencher,
        Verifier::verdict,
        &MemoryStore::new(),
        DeviceFlag::Web,
        TOKEN,
    );
}

#[divan::bench]
fn refuse_a_stranger_and_diagnose(bencher: Bencher<'_, '_>) {
    run_over(
        bencher,
        Verifier::verify,
        &MemoryStore::new(),
        DeviceFlag::Web,
        TOKEN,
    );
}

/// Bytes in, bytes out: decode the CONNECT, verify, encode the CONNACK.
#[divan::bench]
fn bytes_to_connack(bencher: Bencher<'_, '_>) {
    let (store, uids) = users();
    let frames: Vec<Vec<u8>> = uids
        .iter()
        .map(|uid| {
            let mut connect = connect();
            connect.uid = uid;
            let mut bytes = Vec::new();
            Frame::from(connect).encode(4, &mut bytes).unwrap();
            bytes
        })
        .collect();
    let (mut frames, mut out) = (frames.iter().cycle(), Vec::with_capacity(1024));
    bencher.bench_local(|| {
        out.clear();
        greet(&store, black_box(frames.next().unwrap()), &mut out);
        black_box(out.len())
    });
}

fn greet(store: &MemoryStore, bytes: &[u8], out: &mut Vec<u8>) {
    let read = Frame::decode(bytes, 4, Limits::default()).unwrap();
    let Parsed::Complete { value: frame, .. } = read else {
        panic!("the frame is whole");
    };
    let Packet::Connect(connect) = frame.packet else {
        panic!("it is a CONNECT");
    };
    let credentials = Credentials::new(connect.uid, connect.device_flag, connect.token)
        .with_device_id(connect.device_id);
    let verified = Verifier::new().verify(store, &credentials, NOW);
    let mut connack = Connack::new(match verified {
        Ok(_) => ReasonCode::Success,
        Err(_) => ReasonCode::AuthFail,
    });
    connack.server_version = Some(4);
    connack.node_id = 1;
    Frame::from(connack).encode(4, out).unwrap();
}

/// As long as the right one, and not derived from it by any alteration that a diagnosis looks for.
fn wrong() -> String {
    TOKEN.chars().rev().collect()
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

/// [`Verifier::verify`], or [`Verifier::verdict`] alone.
trait Check: Fn(&Verifier, &MemoryStore, &Credentials<'_>, Timestamp) -> Verdict {}

type Verdict = Result<Verified, VerifyError>;

impl<F: Fn(&Verifier, &MemoryStore, &Credentials<'_>, Timestamp) -> Verdict> Check for F {}

fn run(bencher: Bencher<'_, '_>, check: impl Check, flag: DeviceFlag, token: &str) {
    run_over(bencher, check, &users().0, flag, token);
}

fn run_over(
    bencher: Bencher<'_, '_>,
    check: impl Check,
    store: &MemoryStore,
    flag: DeviceFlag,
    token: &str,
) {
    let (_, uids) = users();
    let (verifier, mut uids) = (Verifier::new(), uids.iter().cycle());
    bencher.bench_local(|| {
        let uid = uids.next().unwrap();
        let credentials = Credentials::new(black_box(uid), flag, black_box(token));
        let credentials = credentials.with_device_id(DEVICE_ID);
        finish(check(&verifier, black_box(store), &credentials, NOW));
    });
}

/// Samples are long enough to hide a cold start and the timer.
const SAMPLE_SIZE: u32 = 4096;

fn main() {
    divan::Divan::default()
        .sample_size(SAMPLE_SIZE)
        .config_with_args()
        .main();
}
