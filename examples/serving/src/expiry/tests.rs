//! What ends a session, and what does not.

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

/// As much of one as has to do with it.
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

/// What the gateway keeps for alice.
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
async fn a_session_ends_right_after_its_token() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let record = record().with_expiry(end);
    registered(&gateway, record.clone());
    let mut ends = session(&gateway, &record, end);
    end_expired(&gateway, end).await;
    assert_eq!(ends.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    let farewell = ends.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));

    let mut stays = session(&gateway, &self::record(), end);
    end_expired(&gateway, Timestamp::MAX).await;
    assert_eq!(stays.farewell().now_or_never(), None, "without an end");
}

#[tokio::test]
async fn a_session_outlives_the_end_that_it_came_with_if_its_token_was_renewed() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let mut place = session(&gateway, &record().with_expiry(end), end);
    let later = Timestamp::from_millis(9_000);
    registered(&gateway, record().with_expiry(later));
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    assert_eq!(place.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(9_001)).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
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

/// The clock is tokio's own, which goes on as soon as everybody waits.
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

/// A password change: the tombstone is gone before anybody looks.
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

/// As upstream does: slaves live side by side.
#[tokio::test]
async fn a_session_outlives_the_token_that_replaced_its_own() {
    let (gateway, now) = (gateway(), Timestamp::now());
    let mut place = session(&gateway, &record(), now);
    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    registered(&gateway, another);
    hold_all(&gateway).await;
    assert_eq!(place.farewell().now_or_never(), None);
}

/// The end of a superseded token is not that of the record.
#[tokio::test]
async fn a_session_with_a_superseded_token_ends_with_the_overlap() {
    let (gateway, overlap_ends) = (gateway(), Timestamp::from_millis(5_000));
    let end = Timestamp::from_millis(9_000);
    let rotated = record().with_expiry(end);
    let rotated = rotated.rotate(Token::new("n3xt"), overlap_ends).unwrap();
    registered(&gateway, rotated.clone());
    let mut old = session(&gateway, &rotated, overlap_ends);
    hold(&gateway, &gateway.sessions.pairs()[0], overlap_ends)
        .await
        .unwrap();
    assert_eq!(old.farewell().now_or_never(), None);
    end_expired(&gateway, Timestamp::from_millis(5_001)).await;
    let farewell = old.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
}

/// Its end was put off, then another token replaced it: it has none of its own left to look for.
#[tokio::test]
async fn a_session_whose_renewed_token_was_replaced_is_not_looked_up_again_and_again() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let mut place = session(&gateway, &record(), end);
    let store = registered(&gateway, record().with_expiry(end));
    hold_at(&gateway, end).await;
    let behind = Timestamp::from_millis(5_001);
    assert_eq!(gateway.sessions.expired(behind).len(), 1);

    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    store.insert("alice", FLAG, another);
    end_expired(&gateway, behind).await;
    assert_eq!(gateway.sessions.expired(Timestamp::MAX).len(), 0);
    assert_eq!(place.farewell().now_or_never(), None);
}

/// The later end stands in no record any more.
#[tokio::test]
async fn a_session_whose_renewed_token_was_replaced_ends_at_the_later_end() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let later = Timestamp::from_millis(9_000);
    let mut place = session(&gateway, &record().with_expiry(end), end);
    let store = registered(&gateway, record().with_expiry(later));
    hold_at(&gateway, end).await;

    let another = TokenRecord::issue(Token::new("another"), DeviceLevel::Slave);
    store.insert("alice", FLAG, another);
    for now in [5_000, 5_001, 9_000] {
        hold_at(&gateway, Timestamp::from_millis(now)).await;
        assert_eq!(place.farewell().now_or_never(), None, "{now}");
    }
    end_expired(&gateway, Timestamp::from_millis(9_001)).await;
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));
}

async fn hold_at(gateway: &Gateway, now: Timestamp) {
    let pair = &gateway.sessions.pairs()[0];
    hold(gateway, pair, now).await.unwrap();
}

/// It was looked up before the change, and settled after it.
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

/// It may have been accepted by the record that came after the one that was found.
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
