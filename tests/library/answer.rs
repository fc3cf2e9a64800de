//! One call to answer with: what it writes and says is what its halves would.

use std::error::Error;

use ring::rand::SystemRandom;
use wukongim_auth::frame::Connect;
use wukongim_auth::{
    AcceptError, AcceptOptions, Acceptor, BoxError, ConnectRequest, DeviceFlag, DeviceLevel,
    Disposition, HandshakeError, KeyPolicy, Language, MemoryStore, OtherRecords, ReasonCode,
    Session, Timestamp, Token, TokenRecord, TokenStore, Verified, VerifyError, verify,
};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// alice's CONNECT, without a key.
fn pending(token: &str) -> ConnectRequest {
    let mut bytes = Vec::new();
    let connect = Connect::new(4, "alice", DeviceFlag::Web, token);
    connect.encode(Default::default(), &mut bytes).unwrap();
    Acceptor::new().push(&bytes).unwrap().unwrap()
}

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::Web, record);
    store
}

fn options(keys: KeyPolicy) -> AcceptOptions {
    AcceptOptions::new(NOW).with_keys(keys)
}

fn answer(
    pending: &ConnectRequest,
    verdict: Result<Verified, VerifyError>,
    keys: KeyPolicy,
) -> (Vec<u8>, Result<Session, HandshakeError>) {
    let (handshake, mut reply) = (pending.handshake().unwrap(), Vec::new());
    let answer = handshake.answer(verdict, &options(keys), &SystemRandom::new(), &mut reply);
    (reply, answer)
}

fn verdict(pending: &ConnectRequest, store: &impl TokenStore) -> Result<Verified, VerifyError> {
    verify(store, &pending.handshake().unwrap().credentials(), NOW)
}

#[test]
fn who_is_verified_is_let_in() {
    let pending = pending("s3cret");
    let (reply, session) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Never);
    assert_eq!(session.unwrap().verified().uid(), "alice");
    let (handshake, mut by_halves) = (pending.handshake().unwrap(), Vec::new());
    let verified = verdict(&pending, &store()).unwrap();
    let random = SystemRandom::new();
    let accepted = handshake.accept(
        verified,
        &options(KeyPolicy::Never),
        &random,
        &mut by_halves,
    );
    assert!(accepted.is_ok());
    assert_eq!(reply, by_halves);
    assert_eq!(reply[11], ReasonCode::Success.wire());
}

#[test]
fn who_is_not_verified_is_turned_away() {
    let pending = pending("wrong");
    let (reply, refused) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Never);
    let refused = refused.unwrap_err();
    let error = verdict(&pending, &store()).unwrap_err();
    let (handshake, mut by_halves) = (pending.handshake().unwrap(), Vec::new());
    assert_eq!(
        refused.disposition(),
        handshake.reject(&error, &mut by_halves)
    );
    assert_eq!(reply, by_halves);
    assert_eq!(reply[11], ReasonCode::AuthFail.wire());
    assert_eq!(refused.to_string(), error.to_string());
    assert_eq!(
        format!("{refused:#}"),
        format!("{error}\n  fix: {}", error.fix())
    );
    assert_eq!(format!("{error:#}"), format!("{refused:#}"));
    let chinese = error.fix_in(Language::Chinese).to_string();
    assert_eq!(refused.fix_in(Language::Chinese).to_string(), chinese);
    assert!(refused.source().is_none());
    assert!(matches!(refused, HandshakeError::NotVerified(_)));
}

#[derive(Debug, thiserror::Error)]
#[error("no answer from \"db\"\nfrom here")]
struct NoAnswer(#[source] std::io::Error);

struct Down;

impl TokenStore for Down {
    type Error = BoxError;

    fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        Err(NoAnswer(std::io::Error::other("connection reset")).into())
    }

    fn others(&self, _: &str, _: DeviceFlag) -> Result<OtherRecords, BoxError> {
        Ok(OtherRecords::new())
    }
}

#[test]
fn a_store_that_fails_is_told_to_the_operator_alone() {
    let pending = pending("s3cret");
    let (reply, refused) = answer(&pending, verdict(&pending, &Down), KeyPolicy::Never);
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

#[test]
fn a_right_token_without_a_key_is_explained_too() {
    let pending = pending("s3cret");
    let (reply, refused) = answer(&pending, verdict(&pending, &store()), KeyPolicy::Required);
    let refused = refused.unwrap_err();
    assert_eq!(reply[11], ReasonCode::ClientKeyIsEmpty.wire());
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

/// Whether the key is good, who has no right token does not learn.
#[test]
fn a_wrong_token_is_told_before_a_missing_or_bad_key() {
    for key in ["", "no key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let mut connect = Connect::new(4, "alice", DeviceFlag::Web, "wrong");
        connect.client_key = key;
        let mut bytes = Vec::new();
        connect.encode(Default::default(), &mut bytes).unwrap();
        let pending = Acceptor::new().push(&bytes).unwrap().unwrap();
        for keys in [KeyPolicy::Required, KeyPolicy::IfOffered, KeyPolicy::Never] {
            let (reply, refused) = answer(&pending, verdict(&pending, &store()), keys);
            assert!(
                matches!(refused, Err(HandshakeError::NotVerified(_))),
                "{key:?}"
            );
            assert_eq!(reply[11], ReasonCode::AuthFail.wire(), "{key:?}");
        }
    }
}

/// Words for a person, in both languages, for each reason.
#[test]
fn every_reason_has_its_fix() {
    let buffer = pending("s3cret")
        .handshake()
        .unwrap()
        .accept(
            verdict(&pending("s3cret"), &store()).unwrap(),
            &options(KeyPolicy::Never),
            &SystemRandom::new(),
            &mut &mut [0; 3][..],
        )
        .unwrap_err();
    let cases = [
        (
            AcceptError::ClientKeyMissing,
            "KeyPolicy::IfOffered",
            "KeyPolicy::IfOffered",
        ),
        (AcceptError::ClientKeyInvalid, "X25519", "X25519"),
        (AcceptError::OtherPeer, "two connections", "两个连接"),
        (buffer, "buffer", "缓冲区"),
    ];
    for (refused, english, chinese) in cases {
        let error = HandshakeError::NotAccepted {
            uid: "a\nb".into(),
            device_flag: DeviceFlag::App,
            refused,
        };
        let fix = error.fix().to_string();
        assert!(fix.contains(english), "{refused:?}: {fix}");
        let fix = error.fix_in(Language::Chinese).to_string();
        assert!(fix.contains(chinese), "{refused:?}: {fix}");
        assert_eq!(format!("{error:#}").lines().count(), 2, "{error:#}");
        assert_eq!(format!("{error:?}"), format!("HandshakeError({error})"));
    }
}
