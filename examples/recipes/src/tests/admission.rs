//! Guests, the manager, and the banned.

use std::collections::HashSet;

use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::VerifiedBy;
use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Token, VerifyError};

use super::super::policies;
use super::{NOW, issued, reason, request};

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
