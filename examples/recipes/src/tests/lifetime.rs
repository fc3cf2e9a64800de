//! Rotation and revocation.

use std::time::Duration;

use wukongim_auth::{
    Credentials, DeviceFlag, MemoryStore, Timestamp, TokenRecord, TokenStore, verify,
};

use super::super::tokens;
use super::{NOW, issued};

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

/// A password change is a revocation followed by an issue: a later lookup only sees the new record.
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
