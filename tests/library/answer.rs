//! The single call that answers: what it writes, and what it returns.

use std::error::Error;

use wukongim_auth::diagnosis::{Fix, Language};
use wukongim_auth::frame::Connect;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::AcceptError;
use wukongim_auth::{
    AcceptOptions, Acceptor, Answer, ConnectRequest, DeviceFlag, Disposition, HandshakeError,
    KeyPolicy, MemoryStore, Session, Timestamp, TokenStore, Verified, VerifyError, verify,
};

use crate::records::{alice_has, issued};
use crate::scripted_store::ScriptedStore;
use crate::wire::encoded;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// alice's CONNECT, without a key.
fn pending(token: &str) -> ConnectRequest {
    let bytes = encoded(&Connect::new(4, "alice", DeviceFlag::Web, token));
    Acceptor::new().push(&bytes).unwrap().unwrap()
}

fn store() -> MemoryStore {
    alice_has([(DeviceFlag::Web, issued("s3cret"))])
}

fn answer(
    pending: &ConnectRequest,
    verdict: Result<Verified, VerifyError>,
    keys: KeyPolicy,
) -> (Vec<u8>, Result<Session, HandshakeError>) {
    let handshake = pending.handshake().unwrap();
    let Answer { reply, outcome, .. } = handshake.answer(verdict, &AcceptOptions::new(keys));
    (reply, outcome)
}

fn verdict(pending: &ConnectRequest, store: &impl TokenStore) -> Result<Verified, VerifyError> {
    verify(store, &pending.handshake().unwrap().credentials(), NOW)
}

#[test]
fn a_verified_client_is_accepted() {
    let pending = pending("s3cret");
    let (reply, session) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Never);
    let session = session.unwrap();
    assert_eq!(session.verified().uid(), "alice");
    assert_eq!(session.verified().verified_at(), NOW);
    assert_eq!(reply[11], u8::from(ReasonCode::Success));
    // The time that the client is sent is the one that the verification was given.
    assert_eq!(reply[3..11], NOW.as_millis().to_be_bytes());
}

#[test]
fn a_reply_is_written_after_what_the_buffer_holds() {
    for token in ["s3cret", "wrong"] {
        let pending = pending(token);
        let (reply, _) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Never);
        let mut kept = b"kept".to_vec();
        let handshake = pending.handshake().unwrap();
        let options = AcceptOptions::new(KeyPolicy::Never);
        let outcome = handshake.answer_into(verdict(&pending, &store()), &options, &mut kept);
        assert_eq!(outcome.is_ok(), token == "s3cret");
        assert_eq!(kept, [b"kept", &reply[..]].concat());
    }
}

#[test]
fn a_client_that_is_not_verified_is_rejected() {
    let pending = pending("wrong");
    let (reply, refused) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Never);
    let refused = refused.unwrap_err();
    let error = verdict(&pending, &store()).unwrap_err();
    assert_eq!(refused.disposition(), error.disposition());
    assert_eq!(refused.label(), "mismatch");
    assert_eq!(reply, crate::common::refusal(4));
    assert_eq!(refused.to_string(), error.to_string());
    assert_eq!(
        format!("{refused:#}"),
        format!("{error}\n  fix: {}", error.fix())
    );
    assert_eq!(format!("{error:#}"), format!("{refused:#}"));
    let chinese = |fix: Fix<'_>| fix.in_language(Language::Chinese).to_string();
    assert_eq!(chinese(refused.fix()), chinese(error.fix()));
    assert!(refused.source().is_none());
    assert!(matches!(refused, HandshakeError::NotVerified(_)));
}

#[derive(Debug, thiserror::Error)]
#[error("no answer from \"db\"\nfrom here")]
struct NoAnswer(#[source] std::io::Error);

#[test]
fn a_store_that_fails_is_told_to_the_operator_alone() {
    let down = || NoAnswer(std::io::Error::other("connection reset"));
    let down = ScriptedStore::new([]).get_fails(down);
    let pending = pending("s3cret");
    let (reply, refused) = answer(&pending, verdict(&pending, &down), KeyPolicy::Never);
    let refused = refused.unwrap_err();
    assert_eq!(reply, b"");
    assert_eq!(refused.disposition(), Disposition::CloseForRetry);
    let line = refused.to_string();
    assert!(
        !line.contains("db") && !line.contains('\n'),
        "the store's own words are not in the line: {line}"
    );
    let all = format!("{refused:#}");
    let causes = "\n  caused by: no answer from \"db\"\\nfrom here\n  caused by: connection reset";
    assert!(all.starts_with(&line) && all.ends_with(causes), "{all}");
    assert_eq!(all.lines().count(), 4, "{all}");
    assert!(refused.source().unwrap().is::<NoAnswer>());
}

/// As `redis` wraps what the system says: the text of the source once more.
#[derive(Debug, thiserror::Error)]
#[error("timed out")]
struct Wrapped(#[source] std::io::Error);

#[test]
fn a_cause_that_repeats_the_one_before_it_is_printed_once() {
    for (inner, causes) in [
        ("timed out", "\n  caused by: timed out"),
        ("reset", "\n  caused by: timed out\n  caused by: reset"),
    ] {
        let down = move || Wrapped(std::io::Error::other(inner));
        let pending = pending("s3cret");
        let verdict = verdict(&pending, &ScriptedStore::new([]).get_fails(down));
        let (_, refused) = answer(&pending, verdict, KeyPolicy::Never);
        let all = format!("{:#}", refused.unwrap_err());
        assert!(all.ends_with(causes), "{all}");
        let printed = causes.matches("caused by").count();
        assert_eq!(all.matches("caused by").count(), printed, "{all}");
    }
}

#[test]
fn a_missing_key_is_explained_though_the_token_is_right() {
    let pending = pending("s3cret");
    let (reply, refused) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Required);
    let refused = refused.unwrap_err();
    assert_eq!(reply[11], u8::from(ReasonCode::ClientKeyIsEmpty));
    assert_eq!(
        refused.disposition(),
        Disposition::Reject(ReasonCode::ClientKeyIsEmpty)
    );
    assert_eq!(
        refused.to_string(),
        "handshake fail: the client sent no key, and session keys are required; uid=\"alice\" deviceFlag=WEB"
    );
    assert!(refused.source().is_none());
}

/// A client without the right token does not learn whether its key is valid.
#[test]
fn a_wrong_token_is_told_before_a_missing_or_bad_key() {
    for key in ["", "no key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let mut connect = Connect::new(4, "alice", DeviceFlag::Web, "wrong");
        connect.client_key = key;
        let pending = Acceptor::new().push(&encoded(&connect)).unwrap().unwrap();
        for keys in [KeyPolicy::Required, KeyPolicy::IfOffered, KeyPolicy::Never] {
            let (reply, refused) = answer(&pending, verdict(&pending, &store()), keys);
            assert!(
                matches!(refused, Err(HandshakeError::NotVerified(_))),
                "{key:?}"
            );
            assert_eq!(reply[11], u8::from(ReasonCode::AuthFail), "{key:?}");
        }
    }
}

/// For each reason, a fix in both languages and a label for metrics.
#[test]
fn every_reason_has_its_fix_and_its_label() {
    let pending = pending("s3cret");
    let full = pending.handshake().unwrap().answer_into(
        verdict(&pending, &store()),
        &AcceptOptions::new(KeyPolicy::Never),
        &mut &mut [0; 3][..],
    );
    let Err(HandshakeError::NotAccepted { error: full, .. }) = full else {
        panic!("{full:?}");
    };
    let cases = [
        (
            AcceptError::ClientKeyMissing,
            "client_key_missing",
            "KeyPolicy::IfOffered",
            "KeyPolicy::IfOffered",
        ),
        (
            AcceptError::ClientKeyInvalid,
            "client_key_invalid",
            "X25519",
            "X25519",
        ),
        (
            AcceptError::OtherPeer,
            "other_peer",
            "two connections",
            "两个连接",
        ),
        (
            AcceptError::KeyAgreementFailed,
            "key_agreement_failed",
            "KeyAgreement",
            "KeyAgreement",
        ),
        (full, "encode", "buffer", "缓冲区"),
    ];
    for (accept_error, label, english, chinese) in cases {
        let error = HandshakeError::NotAccepted {
            uid: "a\nb".into(),
            device_flag: DeviceFlag::App,
            error: accept_error,
        };
        assert_eq!((accept_error.label(), error.label()), (label, label));
        let fix = error.fix().to_string();
        assert!(fix.contains(english), "{label}: {fix}");
        assert_eq!(accept_error.fix().to_string(), fix);
        let fix = error.fix().in_language(Language::Chinese).to_string();
        assert!(fix.contains(chinese), "{label}: {fix}");
        assert_eq!(format!("{error:#}").lines().count(), 2, "{error:#}");
        assert_eq!(format!("{error:?}"), format!("HandshakeError({error})"));
    }
}
