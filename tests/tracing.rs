//! Feature `tracing`: one event for every attempt, no token in any of them.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::frame::{Connect, Limits, ReasonCode};
use wukongim_auth::provision::{DeviceQuitRequest, IssueTokenRequest};
use wukongim_auth::{
    AcceptOptions, Acceptor, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, KeyPolicy,
    MemoryStore, Ready, Timestamp, Token, Verified, Verifier, verify_record,
};
use wukongim_test_support::common;
use wukongim_test_support::records::{alice_has, issued_to_master as issued};
use wukongim_test_support::scripted_store::ScriptedStore;
use wukongim_test_support::wire::encoded;
use wukongim_test_support::written::Written;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

const VERIFY: &str = "wukongim_auth::verify";
const DIAGNOSIS: &str = "wukongim_auth::diagnosis";

/// The events that `work` emits, checked for the canary.
fn events(work: impl FnOnce()) -> Vec<Value> {
    // Subscribers that come and go at the same time disturb each other's interest in events.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let log = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(log.writer())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let text = log.text();
    assert!(!text.contains("CANARY"), "a token in the log: {text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn store() -> MemoryStore {
    alice_has([(DeviceFlag::Web, issued("CANARY-right"))])
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
            assert_eq!(event["target"], VERIFY, "{what}");
            assert_eq!(event["fields"]["message"], message, "{what}");
            assert_eq!(event["fields"]["cause"].as_str(), cause, "{what}");
            assert_eq!(event["fields"]["label"].as_str(), cause, "{what}");
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
    let down = ScriptedStore::new([]).get_fails(|| "CANARY in the store's error");
    let events = events(|| drop(Verifier::new().verify(&down, &credentials, NOW)));
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["level"], &events[0]["fields"]["cause"]),
        (&"ERROR".into(), &"store".into())
    );
}

/// Target, level, message and label of each.
fn told(work: impl FnOnce()) -> Vec<[String; 4]> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = |event: &Value| {
        let fields = &event["fields"];
        let (message, label) = (text(&fields["message"]), text(&fields["label"]));
        [
            text(&event["target"]),
            text(&event["level"]),
            message,
            label,
        ]
    };
    events(work).iter().map(told).collect()
}

fn fail(label: &str) -> [String; 4] {
    [VERIFY, "WARN", "token verify fail", label].map(str::to_owned)
}

fn diagnosis(label: &str) -> [String; 4] {
    [DIAGNOSIS, "INFO", "token verify diagnosis", label].map(str::to_owned)
}

/// A verdict emits an event immediately; a diagnosis that follows emits another.
#[test]
fn a_verdict_is_an_event_and_its_diagnosis_another() {
    let store = store();
    let remote = Ready(&store);
    let verifier = Verifier::new();
    let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY-right");
    let expected = [fail("not_issued"), diagnosis("issued_for_other_flag")];
    let sync = || {
        let error = verifier.verdict(&store, &credentials, NOW).unwrap_err();
        let error = verifier.diagnose(&store, error);
        // Nothing further to look for.
        drop(verifier.diagnose(&store, error));
    };
    assert_eq!(told(sync), expected);
    let asynchronous = || {
        common::block_on(async {
            let verdict = verifier.verdict_async(&remote, &credentials, NOW).await;
            let error = verifier.diagnose_async(&remote, verdict.unwrap_err()).await;
            drop(verifier.diagnose_async(&remote, error).await);
        });
    };
    assert_eq!(told(asynchronous), expected);
    let at_once = || drop(verifier.verify(&store, &credentials, NOW));
    assert_eq!(told(at_once), [fail("issued_for_other_flag")]);
}

/// Whether a diagnosis may still find another cause.
#[test]
fn an_event_says_whether_its_cause_was_diagnosed() {
    let (store, verifier) = (store(), Verifier::new());
    let another = Credentials::new("alice", DeviceFlag::App, "CANARY-right");
    let nobody = Credentials::new("", DeviceFlag::App, "CANARY-right");
    let diagnosed = |work: &dyn Fn()| -> Vec<Value> {
        let events = events(work);
        let field = |event: &Value| event["fields"]["diagnosed"].clone();
        events.iter().map(field).collect()
    };
    let at_once = || drop(verifier.verify(&store, &another, NOW));
    assert_eq!(diagnosed(&at_once), [true]);
    let in_two = || {
        let verdict = verifier.verdict(&store, &another, NOW);
        drop(verdict.map_err(|error| verifier.diagnose(&store, error)));
    };
    assert_eq!(diagnosed(&in_two), [false, true]);
    let nothing_to_look_for = || drop(verifier.verdict(&store, &nobody, NOW));
    assert_eq!(diagnosed(&nothing_to_look_for), [true]);
}

/// For callers that do the lookup themselves.
#[test]
fn a_record_that_is_verified_is_an_event_too() {
    let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY");
    let (verifier, record) = (Verifier::new(), issued("CANARY"));
    let web = || vec![(DeviceFlag::Web, issued("CANARY"))];
    let empty_uid = Credentials::new("", DeviceFlag::App, "CANARY");
    let work = || {
        let error = verifier.verify_record(&credentials, None, NOW).unwrap_err();
        drop(verifier.diagnose_with(error, Ok(web())));
        let error = verifier.verify_record(&empty_uid, None, NOW).unwrap_err();
        drop(verifier.diagnose_with(error, Ok(web())));
        drop(verifier.verify_record(&credentials, Some(&record), NOW));
        drop(verify_record(&credentials, None, NOW));
        let error = verifier.store_failed(&credentials, "CANARY", NOW);
        drop(verifier.diagnose_with(error, Ok(web())));
    };
    let expected = [
        fail("not_issued"),
        diagnosis("issued_for_other_flag"),
        fail("empty_uid"),
        [VERIFY, "INFO", "token verify ok", ""].map(str::to_owned),
        fail("not_issued"),
        [VERIFY, "ERROR", "token verify fail", "store"].map(str::to_owned),
    ];
    assert_eq!(told(work), expected);
}

/// No setting of the verifier changes the events.
#[test]
fn no_policy_changes_the_events() {
    let plain = Verifier::new();
    let policies = [
        plain.clone(),
        plain.clone().dangerously_reveal_not_issued(),
        plain.with_manager_token(Token::new("CANARY-manager")),
    ];
    for verifier in policies {
        let store = store();
        let credentials = Credentials::new("alice", DeviceFlag::App, "CANARY-wrong");
        let work = || {
            let error = verifier.verdict(&store, &credentials, NOW).unwrap_err();
            drop(verifier.diagnose(&store, error));
        };
        let expected = [fail("not_issued"), diagnosis("not_issued_for_flag")];
        assert_eq!(told(work), expected, "{verifier:?}");
    }
}

/// Neither a rejected nor an accepted peer can: a uid may be anything that was registered.
#[test]
fn a_peer_cannot_add_fields_to_an_event() {
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
        let log = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(log.writer())
            .finish();
        let credentials = Credentials::new(uid, DeviceFlag::Web, token).with_device_id(device);
        tracing::subscriber::with_default(subscriber, || {
            let verdict = Verifier::new().verify(&store, &credentials, NOW);
            assert_eq!(verdict.is_err(), cause == 1);
        });
        let text = log.text();
        let outside = unquoted(&text);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(outside.matches("cause=").count(), cause, "{text}");
        assert_eq!(outside.matches("act_token=").count(), 1, "{text}");
    }
}

/// The text outside quotes.
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
    let credentials = Credentials::new("alice", DeviceFlag::Web, "CANARY-wrong")
        .with_device_id("browser\n")
        .with_transport(Transport::WebSocket)
        .with_address("192.0.2.1:4711".parse().unwrap());
    let events = events(|| drop(Verifier::new().verify(&store, &credentials, NOW)));
    let expected = serde_json::json!({
        "message": "token verify fail",
        "uid": "alice",
        "device_flag": "WEB",
        "device_level": "Master",
        "device_id": "browser\\n",
        "expect_token": Token::new("CANARY-right").to_string(),
        "act_token": Token::new("CANARY-wrong").to_string(),
        "label": "mismatch",
        "cause": "mismatch",
        "reason": "the token is not the registered one",
        "fix": "Give the client the token from the last POST /user/token for this uid and \
                device_flag=1 (WEB); each call replaces the previous token. Compare len and \
                sha256 at both ends.",
        "diagnosed": true,
        "device_flag_missing": false,
        "transport": "ws",
        "peer": "192.0.2.1:4711",
    });
    assert_eq!(events[0]["fields"], expected);
}

/// A client that is verified but not accepted emits an event too: each answer emits its own.
#[test]
fn every_answer_is_an_event() {
    const HANDSHAKE: &str = "wukongim_auth::handshake";
    let connect = Connect::new(4, "alice\n", DeviceFlag::Web, "CANARY-right");
    let request = Acceptor::new().push(&encoded(&connect)).unwrap().unwrap();
    let handshake = request.handshake().unwrap();
    let verified = || {
        let (flag, level) = (DeviceFlag::Web, DeviceLevel::Slave);
        Verified::dangerously_unverified("alice\n", flag, level, NOW)
    };
    let rejected = || Verifier::new().verify_record(&handshake.credentials(), None, NOW);
    let (rejected, never) = (rejected(), AcceptOptions::new(KeyPolicy::Never));
    let required = AcceptOptions::new(KeyPolicy::Required);
    let work = || {
        drop(handshake.answer(Ok(verified()), &never));
        drop(handshake.answer_into(Ok(verified()), &never, &mut Vec::new()));
        drop(handshake.answer(rejected, &never));
        drop(handshake.answer(Ok(verified()), &required));
        drop(handshake.refuse(ReasonCode::Ban));
    };
    let events = events(work);
    for event in &events {
        assert_eq!(event["target"], HANDSHAKE);
        assert_eq!(event["fields"]["uid"], "alice\\n");
        assert_eq!(event["fields"]["device_flag"], "WEB");
    }
    let told = events.iter().map(|event| {
        let fields = &event["fields"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [&event["level"], &fields["message"], &fields["label"]].map(text)
    });
    let expected = [
        ["DEBUG", "handshake ok", ""],
        ["DEBUG", "handshake ok", ""],
        ["DEBUG", "handshake fail", "invalid_uid"],
        ["WARN", "handshake fail", "client_key_missing"],
        ["DEBUG", "handshake refused", ""],
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert!(events[3]["fields"]["fix"].is_string());
}

/// The business server's requests emit events, because they know whose token it is. Direct changes
/// of a record do not.
#[test]
fn issuing_and_revoking_are_events_of_the_requests() {
    let request = |uid: &str| -> IssueTokenRequest {
        let body = serde_json::json!({"uid": uid, "token": "CANARY-1", "device_flag": 1});
        serde_json::from_value(body).unwrap()
    };
    let work = || {
        let refused = request("alice#").into_registration(DeviceFlags::CLIENTS, Limits::default());
        assert!(refused.is_err());
        let registration = request("alice")
            .into_registration(DeviceFlags::CLIENTS, Limits::default())
            .unwrap();
        let quit = r#"{"uid":"alice","device_flag":-1}"#;
        let quit: DeviceQuitRequest = serde_json::from_str(quit).unwrap();
        drop(quit.into_flags(DeviceFlags::CLIENTS).unwrap());
        let record = registration.record.rotate(Token::new("CANARY-2"), NOW);
        drop(record.unwrap().revoke(NOW));
    };
    let events = events(work);
    let [issue, revoke] = &events[..] else {
        panic!("two events: {events:?}");
    };
    for event in [issue, revoke] {
        assert_eq!(event["target"], "wukongim_auth::provision");
        assert_eq!(event["level"], "INFO");
    }
    let expected = serde_json::json!({
        "message": "token issue",
        "uid": "alice",
        "device_flag": "WEB",
        "token": Token::new("CANARY-1").to_string(),
    });
    assert_eq!(issue["fields"], expected);
    let expected = serde_json::json!({
        "message": "token revoke",
        "uid": "alice",
        "device_flags": "APP, WEB, PC",
    });
    assert_eq!(revoke["fields"], expected);
}
