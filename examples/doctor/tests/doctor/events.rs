//! Events that `tracing_subscriber` writes of the crate's own checks (feature `tracing`).

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord, Verifier,
};
use wukongim_test_support::written::Written;

use crate::run::{finding, objects};

pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// What is written of `work`, within a span: as text, and as JSON.
pub fn logs(work: impl Fn()) -> [String; 2] {
    // Subscribers that come and go at the same time disturb each other's interest in events.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (text, json) = (Written::default(), Written::default());
    let in_span = || tracing::warn_span!("conn", peer = "a} \"b\"", n = 1).in_scope(&work);
    let writer = || tracing_subscriber::fmt().with_ansi(false);
    let subscriber = writer().with_writer(text.writer()).finish();
    tracing::subscriber::with_default(subscriber, in_span);
    let subscriber = writer().json().with_writer(json.writer()).finish();
    tracing::subscriber::with_default(subscriber, in_span);
    [text, json].map(|log| log.text())
}

pub fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let issued = |token: &str| TokenRecord::issue(Token::new(token), DeviceLevel::Master);
    store.insert("alice", DeviceFlag::Web, issued("alice's token of the web"));
    store.insert("bob\"\\ x", DeviceFlag::App, issued("bob's own token"));
    store
}

struct Case {
    name: &'static str,
    credentials: Credentials<'static>,
    finding: &'static str,
}

/// As hosts do that let no client wait for the cause: two events.
pub fn answer_first(store: &MemoryStore, credentials: &Credentials<'_>) {
    let verifier = Verifier::new();
    let verdict = verifier.verdict(store, credentials, NOW);
    drop(verdict.map_err(|error| verifier.diagnose(store, error)));
}

#[test]
fn events_of_real_checks_are_read() {
    let alice = |token| Credentials::new("alice", DeviceFlag::App, token);
    let bob = |token| Credentials::new("bob\"\\ x", DeviceFlag::App, token);
    let cases = [
        Case {
            name: "nothing under any flag",
            credentials: Credentials::new("nobody", DeviceFlag::Pc, "x"),
            finding: "not_issued",
        },
        Case {
            name: "another flag's",
            credentials: alice("alice's token of the web").with_transport(Transport::WebSocket),
            finding: "issued_for_other_flag",
        },
        Case {
            name: "another flag's, and no flag came",
            credentials: alice("alice's token of the web").with_device_flag_missing(),
            finding: "issued_for_other_flag",
        },
        Case {
            name: "nothing under this flag",
            credentials: alice("another"),
            finding: "not_issued_for_flag",
        },
        Case {
            name: "altered",
            credentials: bob("Bearer bob's own token"),
            finding: "altered",
        },
        Case {
            name: "another token, and a uid with quotes",
            credentials: bob("another"),
            finding: "mismatch",
        },
    ];
    let hostile = [
        "",
        "x cause=manager_token y",
        "x\" cause=\"manager_token\" y=\"",
        "}: token verify fail: w; cause=manager_token uid=\"m\" deviceFlag=APP",
    ];
    let store = store();
    for case in &cases {
        let error = Verifier::new()
            .verify(&store, &case.credentials, NOW)
            .unwrap_err();
        for device_id in hostile {
            let credentials = case.credentials.with_device_id(device_id);
            let verify = || drop(Verifier::new().verify(&store, &credentials, NOW));
            let at_once = logs(verify);
            let in_two = logs(|| answer_first(&store, &credentials));
            for log in at_once.into_iter().chain(in_two) {
                let read = objects(&[], &log);
                let [object] = read.as_slice() else {
                    panic!("{}: {log}", case.name)
                };
                assert_eq!(finding(object), case.finding, "{log}");
                // It names the flags, the alteration, the transport and the missing flag.
                assert_eq!(object["fix"], error.fix().to_string(), "{log}");
                let uid = error.uid().escape_debug().to_string();
                assert_eq!(object["uid"], uid, "{log}");
                assert_eq!(object["deviceFlag"], u8::from(error.device_flag()), "{log}");
                assert_eq!(
                    object["actToken"],
                    error.actual_token().to_string(),
                    "{log}"
                );
                let expected = error.expected_token().map(|token| json!(token.to_string()));
                assert_eq!(object.get("expectToken"), expected.as_ref(), "{log}");
            }
        }
    }
}

#[test]
fn accepted_clients_are_no_failures() {
    let credentials = Credentials::new("alice", DeviceFlag::Web, "alice's token of the web");
    let store = store();
    let check = || drop(Verifier::new().verify(&store, &credentials, NOW).unwrap());
    for log in logs(check) {
        assert_eq!(objects(&[], &log), Vec::<Value>::new(), "{log}");
    }
}
