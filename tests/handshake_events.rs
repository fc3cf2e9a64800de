//! Feature `tracing`: one event for each answer, on a target of its own. This is a separate crate,
//! because tracing caches its callsites per process.

use std::sync::Mutex;

use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Connect, Limits};
use wukongim_auth::{
    AcceptOptions, Cause, DeviceFlag, DeviceLevel, Handshake, KeyPolicy, MemoryStore, Timestamp,
    Verified, verify,
};
use wukongim_test_support::written::Written;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const TARGET: &str = "wukongim_auth::handshake";
const WITHOUT_KEYS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);

/// The level and the fields of each event that `work` emits on the handshake's target.
fn events(work: impl FnOnce()) -> Vec<(String, Value)> {
    // Subscribers that come and go at the same time disturb each other's interest in events.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap();
    let log = Written::default();
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(log.writer());
    let subscriber = tracing_subscriber::registry()
        .with(LevelFilter::TRACE)
        .with(layer);
    tracing::subscriber::with_default(subscriber, work);
    let text = log.text();
    assert!(!text.contains("CANARY"), "a token in the log: {text}");
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["target"] == TARGET)
        .map(|event| {
            let level = event["level"].as_str().unwrap().to_owned();
            (level, event["fields"].clone())
        })
        .collect()
}

fn connect(uid: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    Connect::new(4, uid, DeviceFlag::Web, "CANARY")
        .encode(Default::default(), &mut bytes)
        .unwrap();
    bytes
}

fn with_handshake(uid: &str, work: impl FnOnce(&Handshake<'_>)) -> Vec<(String, Value)> {
    let bytes = connect(uid);
    let (handshake, _) = Handshake::read(&bytes, Limits::default()).unwrap();
    events(|| work(&handshake))
}

fn guest(uid: &str) -> Verified {
    Verified::dangerously_unverified(uid, DeviceFlag::Web, DeviceLevel::Slave, NOW)
}

#[test]
fn an_accepted_client_is_one_event() {
    let expected = json!({
        "message": "handshake ok",
        "uid": "alice",
        "device_flag": "WEB",
        "version": 4,
        "protocol": "Wkproto",
    });
    let answered = with_handshake("alice", |handshake| {
        drop(handshake.answer(Ok(guest("alice")), &WITHOUT_KEYS));
    });
    assert_eq!(answered, [("DEBUG".to_owned(), expected.clone())]);
    let answered = with_handshake("alice", |handshake| {
        let verdict = Ok(guest("alice"));
        drop(handshake.answer_into(verdict, &WITHOUT_KEYS, &mut Vec::new()));
    });
    assert_eq!(answered, [("DEBUG".to_owned(), expected)]);
}

/// The verification's event reports the cause.
#[test]
fn a_client_that_is_not_verified_is_one_event() {
    let answered = with_handshake("alice", |handshake| {
        let verdict = verify(&MemoryStore::new(), &handshake.credentials(), NOW);
        drop(handshake.answer(verdict, &WITHOUT_KEYS));
    });
    let expected = json!({
        "message": "handshake fail",
        "uid": "alice",
        "device_flag": "WEB",
        "label": Cause::NotIssued.label(),
    });
    assert_eq!(answered, [("DEBUG".to_owned(), expected)]);
}

#[test]
fn a_client_that_is_verified_and_not_accepted_is_a_warning() {
    let answered = with_handshake("alice", |handshake| {
        let options = AcceptOptions::new(KeyPolicy::Required);
        drop(handshake.answer(Ok(guest("alice")), &options));
    });
    let expected = json!({
        "message": "handshake fail",
        "uid": "alice",
        "device_flag": "WEB",
        "label": "client_key_missing",
        "reason": "the client sent no key, and session keys are required",
        "fix": "Use an SDK that sends its public key in CONNECT, as the official binary SDKs do, \
                or accept clients without keys (KeyPolicy::IfOffered).",
    });
    assert_eq!(answered, [("WARN".to_owned(), expected)]);
}

/// The event has the reason that was written, which is never a success.
#[test]
fn a_refusal_of_the_hosts_own_is_one_event() {
    for (reason, written) in [(ReasonCode::Ban, 19), (ReasonCode::Success, 2)] {
        let refused = with_handshake("alice", |handshake| drop(handshake.refuse(reason)));
        let expected = json!({
            "message": "handshake refused",
            "uid": "alice",
            "device_flag": "WEB",
            "reason_code": written,
        });
        assert_eq!(refused, [("DEBUG".to_owned(), expected)]);
    }
}

#[test]
fn a_peers_text_is_escaped() {
    let uid = "mallory\n cause=expired";
    let escaped = "mallory\\n cause=expired";
    let mut seen = with_handshake(uid, |handshake| {
        drop(handshake.answer(Ok(guest(uid)), &WITHOUT_KEYS));
        drop(handshake.answer(Ok(guest("bob")), &WITHOUT_KEYS));
        let verdict = verify(&MemoryStore::new(), &handshake.credentials(), NOW);
        drop(handshake.answer(verdict, &WITHOUT_KEYS));
        drop(handshake.refuse(ReasonCode::Ban));
    });
    assert_eq!(seen.len(), 4);
    for (_, fields) in seen.drain(..) {
        assert_eq!(fields["uid"], escaped, "{fields}");
    }
}
