//! The recipes without a server are run by calling them; `server_tests` has the others.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use wukongim_auth::frame::{Connack, Connect, Flags, Frame, Limits, Packet, Parsed, ReasonCode};
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{
    Acceptor, Answer, BoxError, Cause, ConnectRequest, Credentials, DeviceFlag, DeviceLevel,
    MemoryStore, Timestamp, Token, TokenRecord, TokenStore, VerifyError, verify,
};

use super::{many_users, migration, outcome, policies, tokens};

const VERSION: u8 = 4;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(super) fn connect(uid: &str, flag: DeviceFlag, token: &str) -> Vec<u8> {
    let mut connect = Connect::new(VERSION, uid, flag, token);
    connect.client_key = "lDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";
    let mut bytes = Vec::new();
    connect.encode(Flags::default(), &mut bytes).unwrap();
    bytes
}

pub(super) fn reason(reply: &[u8]) -> ReasonCode {
    let frame = Frame::decode(reply, VERSION, Limits::default()).unwrap();
    match frame {
        Parsed::Complete {
            value:
                Frame {
                    packet: Packet::Connack(Connack { reason, .. }),
                    ..
                },
            rest: [],
        } => reason,
        other => panic!("no CONNACK: {other:?}"),
    }
}

fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}

/// Knows alice, and fails for bob.
pub(super) struct Store(MemoryStore);

impl Store {
    pub(super) fn new() -> Self {
        let store = MemoryStore::new();
        store.insert("alice", DeviceFlag::App, issued("s3cret"));
        Store(store)
    }
}

impl TokenStore for Store {
    type Error = BoxError;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match uid {
            "bob" => Err("connection refused".into()),
            _ => Ok(self
                .0
                .get(uid, flag)
                .unwrap_or_else(|never: Infallible| match never {})),
        }
    }
}

/// What a server with a [`Store`] must answer; `None`: nothing.
pub(super) const CASES: [(&str, &str, Option<ReasonCode>); 3] = [
    ("alice", "s3cret", Some(ReasonCode::Success)),
    ("alice", "s3cres", Some(ReasonCode::AuthFail)),
    ("bob", "s3cret", None),
];

fn request(uid: &str, flag: DeviceFlag, token: &str) -> ConnectRequest {
    let request = Acceptor::new().push(&connect(uid, flag, token));
    request.unwrap().expect("it is complete")
}

#[test]
fn guests_come_in_without_a_token_and_nobody_else() {
    let store = MemoryStore::new();
    let guest = format!("guest-{}", "0a".repeat(16));
    store.insert("alice", DeviceFlag::Web, issued("s3cret"));
    let by = |uid: &str, token: &str| {
        let credentials = Credentials::new(uid, DeviceFlag::Web, token);
        policies::admit(&store, &credentials, NOW).map(|verified| verified.accepted_by())
    };
    assert_eq!(by(&guest, "").unwrap(), VerifiedBy::Unverified);
    assert_eq!(by("alice", "s3cret").unwrap(), VerifiedBy::Current);
    let system = Credentials::new(&guest, DeviceFlag::System, "");
    assert!(policies::admit(&store, &system, NOW).is_err());
    for (uid, token) in [("alice", ""), (&guest, "s3cret"), ("guest-1", ""), ("", "")] {
        assert!(by(uid, token).is_err(), "{uid} {token}");
    }
}

#[test]
fn the_manager_comes_in_where_it_may_and_its_api_token_nowhere() {
    let store = MemoryStore::new();
    policies::register_manager(&store, Token::new("managers-own"));
    let (public, internal) = (
        policies::public("api-token"),
        policies::internal("api-token"),
    );
    let own = Credentials::new("manager", DeviceFlag::System, "managers-own");
    assert!(internal.verify(&store, &own, NOW).is_ok());
    let label = |error: VerifyError| error.label();
    let refused = public.verify(&store, &own, NOW).map_err(label);
    assert_eq!(refused.unwrap_err(), "unknown_device_flag");
    for verifier in [public, internal] {
        let api = Credentials::new("alice", DeviceFlag::Web, "api-token");
        let refused = verifier.verify(&store, &api, NOW).map_err(label);
        assert_eq!(refused.unwrap_err(), "manager_token");
    }
}

#[test]
fn the_banned_are_refused_like_anyone_else() {
    let store = MemoryStore::new();
    let banned = HashSet::from(["mallory".to_owned()]);
    for uid in ["alice", "mallory"] {
        store.insert(uid, DeviceFlag::Web, issued("s3cret"));
    }
    let answer = |uid, token| {
        let request = request(uid, DeviceFlag::Web, token);
        let (reply, session) = policies::answer(&request.handshake().unwrap(), &store, &banned);
        (session.is_some(), reply)
    };
    let (is_in, reply) = answer("alice", "s3cret");
    assert!(is_in);
    assert_eq!(reason(&reply), ReasonCode::Success);
    let (is_in, stranger) = answer("alice", "s3cres");
    assert!(!is_in);
    assert_eq!(answer("mallory", "s3cret"), (false, stranger));
}

#[test]
fn rotation_overlaps_and_revives_nothing() {
    let store = MemoryStore::new();
    store.insert("alice", DeviceFlag::Web, issued("first"));
    let is_in = |token: &str, at: Timestamp| {
        verify(
            &store,
            &Credentials::new("alice", DeviceFlag::Web, token),
            at,
        )
        .is_ok()
    };
    let later = |seconds| NOW.saturating_add(Duration::from_secs(seconds));

    let rotate = |at| tokens::rotate(&store, "alice", DeviceFlag::Web, at).unwrap();
    let second = rotate(NOW).unwrap();
    assert!(is_in("first", later(60)) && is_in(second.expose_secret(), later(60)));
    assert!(!is_in("first", later(61)) && is_in(second.expose_secret(), later(61)));

    tokens::revoke(&store, "alice", DeviceFlag::Web, later(10));
    assert!(!is_in("first", later(11)) && !is_in(second.expose_secret(), later(11)));

    assert!(rotate(later(20)).is_none());
    let record = store.get("alice", DeviceFlag::Web).unwrap().unwrap();
    assert_eq!(record.revoked_at(), Some(later(10)));
    let nobody = tokens::rotate(&store, "nobody", DeviceFlag::Web, NOW).unwrap();
    assert!(nobody.is_none() && store.len() == 1);
}

/// A password change is a revocation and an issue: whoever looks later sees the new record only.
#[test]
fn an_open_session_ends_with_its_token() {
    let store = MemoryStore::new();
    store.insert("alice", DeviceFlag::Web, issued("s3cret"));
    let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    let verified = verify(&store, &credentials, NOW).unwrap();
    let may_stay = || tokens::may_stay(&store, &verified, NOW).unwrap();
    assert!(may_stay());
    store.insert("alice", DeviceFlag::Web, issued("another"));
    assert!(may_stay());
    tokens::revoke(&store, "alice", DeviceFlag::Web, NOW);
    assert!(!may_stay());
    store.insert("alice", DeviceFlag::Web, issued("s3cret"));
    assert!(!may_stay());
    assert!(tokens::may_stay(&MemoryStore::new(), &verified, NOW).unwrap());
}

#[test]
fn revoked_tokens_are_forgotten_in_the_end() {
    let store = MemoryStore::new();
    store.insert("alice", DeviceFlag::Web, issued("s3cret"));
    tokens::revoke(&store, "alice", DeviceFlag::Web, NOW);
    tokens::revoke(&store, "nobody", DeviceFlag::Web, NOW);
    assert_eq!(
        tokens::tidy(&store, NOW.saturating_add(TokenRecord::RETENTION)),
        0
    );
    let after = NOW.saturating_add(TokenRecord::RETENTION + Duration::from_millis(1));
    assert_eq!((tokens::tidy(&store, after), store.len()), (1, 0));
}

#[test]
fn a_rejected_client_stops_and_a_store_failure_says_nothing() {
    for (uid, token, expected) in CASES {
        let request = request(uid, DeviceFlag::App, token);
        let handshake = request.handshake().unwrap();
        let verdict = verify(&Store::new(), &handshake.credentials(), NOW);
        let Answer { reply, outcome, .. } = outcome::answer(&handshake, verdict);
        let reason = (!reply.is_empty()).then(|| reason(&reply));
        assert_eq!(reason, expected, "{uid}");
        assert_eq!(outcome.is_ok(), expected == Some(ReasonCode::Success));
    }
}

#[test]
fn after_the_migration_the_answers_are_the_same() {
    let tokens = HashMap::from([
        (("alice".to_owned(), 1), "s3cret".to_owned()),
        (("bob".to_owned(), 0), "another".to_owned()),
    ]);
    let tokens = migration::Tokens(tokens);
    for uid in ["alice", "bob", "carol"] {
        for flag in 0..3 {
            for token in ["s3cret", "another", "s3cre", "s3crets"] {
                let before = tokens.is_right(uid, flag, token);
                assert_eq!(
                    migration::is_right(&tokens, uid, flag, token),
                    before,
                    "{uid} {flag} {token}"
                );
            }
        }
    }
    let error = verify(
        &tokens,
        &Credentials::new("alice", DeviceFlag::App, "s3cret"),
        NOW,
    )
    .unwrap_err();
    assert!(
        matches!(error.cause(), Cause::IssuedForOtherFlag { .. }),
        "{error}"
    );
}

#[test]
fn a_store_is_filled_with_many_users() {
    let rows = |users: std::ops::Range<u32>| {
        let rows: Vec<_> = users
            .map(|user| (format!("user{user}"), 1, format!("token{user}")))
            .collect();
        rows.into_iter()
    };
    let tokens = many_users::filled(rows(0..1000));
    many_users::expect_more(&tokens, 1000);
    (&tokens).extend(rows(1000..2000).map(|(uid, flag, token)| {
        let record = TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
        (uid, DeviceFlag::from(flag), record)
    }));
    assert_eq!(tokens.len(), 2000);
    for (uid, flag, token) in rows(0..2000) {
        let credentials = Credentials::new(&uid, DeviceFlag::from(flag), token.as_str());
        assert!(verify(&tokens, &credentials, NOW).is_ok(), "{uid}");
    }
}
