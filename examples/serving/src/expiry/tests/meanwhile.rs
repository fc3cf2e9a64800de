//! Records that change while a session is being accepted.

use futures_util::FutureExt;
use wukongim_auth::{Credentials, Timestamp};

use super::super::hold_changed;
use super::{FLAG, gateway, record, registered, session, settle};
use crate::sessions::Farewell;

/// It was looked up before the change, and accepted after it.
#[tokio::test]
async fn a_session_whose_record_changed_while_it_was_verified_is_looked_up_again() {
    let (gateway, now) = (gateway(), Timestamp::now());
    let store = registered(&gateway, record());
    let claim = Credentials::new("alice", FLAG, "s3cret");
    let mut place = gateway.sessions.register(&claim);
    let before = record();
    store.revoke("alice", FLAG, now);
    store.insert("alice", FLAG, record());
    let settled = gateway.sessions.changed("alice", FLAG);
    assert!(settled.is_none(), "nothing can be said of it yet");
    let changed = settle(&place, "alice", &before, now).unwrap();
    hold_changed(&gateway, &changed).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
}

/// It may have been accepted by a record that is newer than the one that was found.
#[test]
fn a_session_is_held_against_no_record_that_was_looked_up_before_it_was_accepted() {
    let (gateway, now) = (gateway(), Timestamp::now());
    let mut before = session(&gateway, &record(), now);
    let mut meanwhile = gateway
        .sessions
        .register(&Credentials::new("alice", FLAG, "s3cret"));
    let pairs = gateway.sessions.pairs();
    assert!(settle(&meanwhile, "alice", &record(), now).is_none());
    let mut behind = session(&gateway, &record(), now);
    assert_eq!(pairs.len(), 1);
    let tombstone = record().revoke(now);
    gateway.sessions.hold(&pairs[0], Some(&tombstone), now);
    let farewell = before.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
    assert_eq!(meanwhile.farewell().now_or_never(), None);
    assert_eq!(behind.farewell().now_or_never(), None);
}
