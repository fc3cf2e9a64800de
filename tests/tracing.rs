//! Feature `tracing`: one event for every attempt, no token in any of them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceLevel, MemoryStore, PeerFacts, Ready, Timestamp,
    Token, TokenRecord, TokenStore, Transport, Verifier, check,
};
use wukongim_test_support::common;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

/// The events that `work` gives, checked for the canary.
fn events(work: impl FnOnce()) -> Vec<Value> {
    // Subscribers that come and go at the same time disturb each other's interest in events.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("CANARY"), "a token in the log: {text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Master)
}

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    store.insert("alice", DeviceFlag::Web, issued("CANARY-right"));
    store
}

struct Down;

impl TokenStore for Down {
    type Error = BoxError;

    fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        Err("CANARY in the store's error".into())
    }
}

#[test]
fn one_event_for_every_attempt() {
    struct Case {
        what: &'static str,
        credentials: Credentials<'static>,
        level: &'static str,
        message: &'static str,
        cause: Option<&'static str>,
    }
    let web = |token| Credentials::new("alice", DeviceFlag::Web, token);
    let cases = [
        Case {
            what: "accepted",
            credentials: web("CANARY-right"),
            level: "INFO",
            message: "token verify ok",
            cause: None,
        },
        Case {
            what: "another token",
            credentials: web("CANARY-wrong"),
            level: "WARN",
            message: "token verify fail",
            cause: Some("mismatch"),
        },
        Case {
            what: "another flag",
            credentials: Credentials::new("alice", DeviceFlag::App, "CANARY-right"),
            level: "WARN",
            message: "token verify fail",
            cause: Some("issued_for_other_flag"),
        },
        Case {
            what: "no uid",
            credentials: Credentials::new("", DeviceFlag::App, "CANARY-right"),
            level: "WARN",
            message: "token verify fail",
            cause: Some("empty_uid"),
        },
    ];
    for Case {
        what,
        credentials,
        level,
        message,
        cause,
    } in cases
    {
        let store = store();
        let verifier = Verifier::new();
        let sync = events(|| drop(verifier.verify(&store, &credentials, NOW)));
        let blocking = Ready(&store);
        let later = events(|| {
            drop(common::block_on(verifier.verify_async(
                &blocking,
                &credentials,
                NOW,
            )));
        });
        for events in [sync, later] {
            let [event] = events.as_slice() else {
                panic!("{what}: {events:?}")
            };
            assert_eq!(event["level"], level, "{what}");
            assert_eq!(event["target"], "wukongim_auth", "{what}");
            assert_eq!(event["fields"]["message"], message, "{what}");
            assert_eq!(event["fields"]["cause"].as_str(), cause, "{what}");
            assert_eq!(event["fields"]["uid"], credentials.uid, "{what}");
            assert_eq!(
                event["fields"]["act_token"].as_str().unwrap(),
                credentials.token.to_string(),
                "{what}"
            );
        }
    }
}

#[test]
fn a_store_fault_is_an_error() {
    let credentials = Credentials::new("alice", DeviceFlag::Web, "CANARY");
    let events = events(|| drop(Verifier::new().verify(&Down, &credentials, NOW)));
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["level"], &events[0]["fields"]["cause"]),
        (&"ERROR".into(), &"store".into())
    );
}

/// A host that answers the peer between the two reports the attempt once, with the cause found.
#[test]
fn a_verdict_and_its_diagnosis_are_one_event() {
    let store = store();
    let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY-right");
    let verdict_first = |verifier: Verifier| {
        let events = events(|| {
            let error = verifier.verdict(&store, &credentials, NOW).unwrap_err();
            let error = verifier.diagnose(&store, error);
            drop(verifier.diagnose(&store, error));
        });
        let field = |event: &Value, name| event["fields"][name].as_str().unwrap().to_owned();
        let told = |event| (field(event, "message"), field(event, "cause"));
        events.iter().map(told).collect::<Vec<_>>()
    };
    let event = |message: &str, cause: &str| (message.to_owned(), cause.to_owned());
    assert_eq!(
        verdict_first(Verifier::new()),
        [event("token verify fail", "issued_for_other_flag")]
    );
    // One that does not diagnose has reported its verdict when it is asked all the same.
    assert_eq!(
        verdict_first(Verifier::new().without_diagnosis()),
        [
            event("token verify fail", "not_issued"),
            event("token verify diagnosis", "issued_for_other_flag"),
        ]
    );
}

#[test]
fn check_and_explain_are_one_event_too() {
    let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY");
    let (verifier, record) = (Verifier::new(), issued("CANARY"));
    let events = events(|| {
        let error = verifier.check(&credentials, None, NOW).unwrap_err();
        drop(verifier.explain(error, Ok(Vec::new())));
        drop(verifier.check(&Credentials::new("", DeviceFlag::App, "CANARY"), None, NOW));
        drop(verifier.check(&credentials, Some(&record), NOW));
    });
    let messages: Vec<_> = events
        .iter()
        .map(|e| e["fields"]["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        ["token verify fail", "token verify fail", "token verify ok"]
    );
}

#[test]
fn a_check_that_nothing_follows_is_an_event() {
    let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY");
    let events = events(|| drop(check(&credentials, None, NOW)));
    let [event] = &events[..] else {
        panic!("one event: {events:?}");
    };
    assert_eq!(event["fields"]["message"], "token verify fail");
    assert_eq!(event["fields"]["cause"], "not_issued");
}

/// Neither one that is refused nor one that is let in: a uid may be anything that was registered.
#[test]
fn a_peer_writes_no_fields_of_its_own() {
    let uid = "mallory cause=expired act_token=x";
    let store = store();
    store.insert(uid, DeviceFlag::Web, issued("CANARY-right"));
    let devices = [
        "d\" cause=manager_token act_token=\"len=9",
        "d cause=manager_token act_token=len=9",
    ];
    let tokens = [("x act_token=len=1", 1), ("CANARY-right", 0)];
    let cases = devices.map(|device| tokens.map(|(token, cause)| (device, token, cause)));
    for (device, token, cause) in cases.into_iter().flatten() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let credentials = Credentials::new(uid, DeviceFlag::Web, token).with_device_id(device);
        tracing::subscriber::with_default(subscriber, || {
            let verdict = Verifier::new().verify(&store, &credentials, NOW);
            assert_eq!(verdict.is_err(), cause == 1);
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let outside = unquoted(&text);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(outside.matches("cause=").count(), cause, "{text}");
        assert_eq!(outside.matches("act_token=").count(), 1, "{text}");
    }
}

/// What is not between quotes.
fn unquoted(text: &str) -> String {
    let mut outside = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match (quoted, escaped, c) {
            (true, true, _) => escaped = false,
            (true, false, '\\') => escaped = true,
            (_, _, '"') => quoted = !quoted,
            (true, _, _) => {}
            (false, _, c) => outside.push(c),
        }
    }
    outside
}

#[test]
fn the_fields_of_a_refusal() {
    let store = store();
    let facts = PeerFacts::new()
        .with_transport(Transport::WebSocket)
        .with_address("192.0.2.1:4711".parse().unwrap());
    let credentials = Credentials::new("alice", DeviceFlag::Web, "CANARY-wrong")
        .with_device_id("browser\n")
        .with_facts(facts);
    let events = events(|| drop(Verifier::new().verify(&store, &credentials, NOW)));
    let expected = serde_json::json!({
        "message": "token verify fail",
        "uid": "alice",
        "device_flag": "WEB",
        "device_level": "Master",
        "device_id": "browser\\n",
        "expect_token": Token::new("CANARY-right").to_string(),
        "act_token": Token::new("CANARY-wrong").to_string(),
        "cause": "mismatch",
        "reason": "the token is not the registered one",
        "fix": "Give the client the token of the last POST /user/token for this uid and \
                device_flag=1 (WEB); each call replaces the one before. Compare len and sha256 \
                at both ends.",
        "device_flag_missing": false,
        "transport": "ws",
        "peer": "192.0.2.1:4711",
    });
    assert_eq!(events[0]["fields"], expected);
}

#[test]
fn one_event_for_every_change_of_a_record() {
    let events = events(|| {
        // Read, not issued: a look-up is no change.
        drop(TokenRecord::restore(
            Token::new("CANARY-0"),
            DeviceLevel::Slave,
        ));
        let record = issued("CANARY-1");
        let record = record.rotate(Token::new("CANARY-2"), NOW).unwrap();
        drop(record.revoke(NOW));
    });
    let fields = |name: &str| -> Vec<Option<String>> {
        events
            .iter()
            .map(|e| e["fields"][name].as_str().map(str::to_owned))
            .collect()
    };
    let (first, second) = (
        Token::new("CANARY-1").to_string(),
        Token::new("CANARY-2").to_string(),
    );
    let at = Some(NOW.to_string());
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        fields("message"),
        [
            text("token issued"),
            text("token rotated"),
            text("token revoked")
        ]
    );
    assert_eq!(
        fields("token"),
        [Some(first), Some(second.clone()), Some(second)]
    );
    assert_eq!(fields("at"), [None, at.clone(), at]);
}
