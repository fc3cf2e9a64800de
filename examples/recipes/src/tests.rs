//! The recipes without a server are run by calling them; `server_tests` has the others.

mod admission;
mod lifetime;

use std::collections::HashMap;
use std::convert::Infallible;

use wukongim_auth::frame::{Connack, Connect, Flags, Frame, Limits, Packet, Parsed, ReasonCode};
use wukongim_auth::{
    Acceptor, Answer, BoxError, Cause, ConnectRequest, Credentials, DeviceFlag, DeviceLevel,
    MemoryStore, Timestamp, Token, TokenRecord, TokenStore, verify,
};

use super::{many_users, migration, outcome};

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
