//! What ends a session, and what does not.

mod ends;
mod meanwhile;
mod store_failures;

use futures_util::FutureExt;
use wukongim_auth::frame::{Connect, Limits};
use wukongim_auth::{
    AcceptOptions, Credentials, DeviceFlag, DeviceLevel, Handshake, KeyPolicy, MemoryStore, Token,
    TokenRecord, verify_record,
};

use super::*;
use crate::sessions::{Farewell, Place};
use crate::store::Store;

const FLAG: DeviceFlag = DeviceFlag::App;

/// The parts of a server that matter here.
struct Gateway {
    store: Store,
    sessions: Arc<Sessions>,
    recheck: Duration,
}

impl Custodian for Gateway {
    fn store(&self) -> &Store {
        &self.store
    }

    fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    fn recheck(&self) -> Duration {
        self.recheck
    }

    fn lookup_failed(&self) {}
}

/// A session of alice's under this record.
fn session(gateway: &Gateway, record: &TokenRecord, now: Timestamp) -> Place {
    session_of("alice", gateway, record, now)
}

fn session_of(uid: &str, gateway: &Gateway, record: &TokenRecord, now: Timestamp) -> Place {
    let place = gateway
        .sessions
        .register(&Credentials::new(uid, FLAG, "s3cret"));
    assert!(settle(&place, uid, record, now).is_none());
    place
}

fn settle(place: &Place, uid: &str, record: &TokenRecord, now: Timestamp) -> Option<Pair> {
    let mut connect = Vec::new();
    let frame = Connect::new(4, uid, FLAG, "s3cret");
    frame.encode(Default::default(), &mut connect).unwrap();
    let (handshake, _) = Handshake::read(&connect, Limits::default()).unwrap();
    let verdict = verify_record(&handshake.credentials(), Some(record), now);
    let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
    place.settle(&Arc::new(answer.outcome.unwrap()))
}

/// The record that the gateway has for alice.
fn registered(gateway: &Gateway, record: TokenRecord) -> &MemoryStore {
    let Store::Memory(store) = &gateway.store else {
        panic!("memory is the default");
    };
    store.0.insert("alice", FLAG, record);
    &store.0
}

fn gateway() -> Gateway {
    Gateway {
        store: Store::open("memory").unwrap(),
        sessions: Arc::new(Sessions::new(100)),
        recheck: Duration::from_secs(15),
    }
}

fn record() -> TokenRecord {
    TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave)
}

#[tokio::test]
async fn a_revocation_that_came_another_way_is_seen() {
    let (gateway, now) = (gateway(), Timestamp::now());
    let store = registered(&gateway, record());
    let mut place = session(&gateway, &record(), now);
    hold_all(&gateway).await;
    assert_eq!(place.farewell().now_or_never(), None);

    store.revoke("alice", FLAG, now);
    hold_all(&gateway).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
}

/// The clock is tokio's paused one, which advances as soon as all tasks wait.
#[tokio::test(start_paused = true)]
async fn all_sessions_are_held_against_todays_records_again_and_again() {
    let gateway = Arc::new(gateway());
    let store = registered(&gateway, record());
    let mut place = session(&gateway, &record(), Timestamp::now());
    start(&gateway);
    for _ in 0..3 {
        assert_eq!(place.farewell().now_or_never(), None);
        tokio::time::sleep(gateway.recheck).await;
    }
    store.revoke("alice", FLAG, Timestamp::now());
    let farewell = tokio::time::timeout(Duration::from_secs(60), place.farewell()).await;
    assert_eq!(farewell, Ok(Farewell::Kick("the token was revoked")));
}

#[tokio::test(start_paused = true)]
async fn the_store_is_cleared_again_and_again() {
    let gateway = Arc::new(gateway());
    start(&gateway);
    for _ in 0..2 {
        let long_over = record().revoke(Timestamp::from_millis(0));
        let store = registered(&gateway, long_over);
        tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
        assert_eq!(store.len(), 0);
    }
}

/// A password change: the tombstone has been replaced before the record is looked up.
#[tokio::test]
async fn a_revocation_is_seen_behind_a_new_token_and_behind_the_same_one() {
    for token in ["another", "s3cret"] {
        let (gateway, now) = (gateway(), Timestamp::now());
        let store = registered(&gateway, record());
        let mut place = session(&gateway, &record(), now);
        store.revoke("alice", FLAG, now);
        let issued = TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
        store.insert("alice", FLAG, issued);
        hold_all(&gateway).await;
        let farewell = place.farewell().now_or_never();
        assert_eq!(
            farewell,
            Some(Farewell::Kick("the token was revoked")),
            "{token}"
        );
    }
}

/// As in upstream, where slaves coexist.
#[tokio::test]
async fn a_session_outlives_the_token_that_replaced_its_own() {
    let (gateway, now) = (gateway(), Timestamp::now());
    let mut place = session(&gateway, &record(), now);
    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    registered(&gateway, another);
    hold_all(&gateway).await;
    assert_eq!(place.farewell().now_or_never(), None);
}
