//! Sessions end when their token does: one sweep for all of them, no timer per connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};
use wukongim_auth::{AsyncTokenStore, BoxError, Timestamp, Verified};

use crate::deadline::Prompt;
use crate::gateway::Gateway;
use crate::sessions::Life;

/// How late a session may end.
const SWEEP: Duration = Duration::from_secs(1);

/// How late a revocation is seen that did not come through this gateway: another node, another
/// tool on the same store. Later still where there are more sessions than the store can look up in
/// that time.
const RECHECK: Duration = Duration::from_secs(15);

/// How often the store is cleared of what nobody needs any more.
const PURGE: Duration = Duration::from_secs(3600);

/// Lookups of the recheck at the same time: enough to hide a round trip, and few enough to leave
/// the store to those who connect.
const LOOKUPS: usize = 16;

/// Starts all three, each by itself: what waits for the store holds up nothing else.
pub fn start(gateway: &Arc<Gateway>) {
    tokio::spawn(sweep(gateway.clone()));
    tokio::spawn(recheck(gateway.clone()));
    tokio::spawn(purge(gateway.clone()));
}

async fn sweep(gateway: Arc<Gateway>) {
    let mut next = interval(SWEEP);
    loop {
        next.tick().await;
        end_expired(&gateway, Timestamp::now()).await;
    }
}

async fn recheck(gateway: Arc<Gateway>) {
    let mut next = interval(RECHECK);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        next.tick().await;
        hold_all(&gateway).await;
    }
}

async fn purge(gateway: Arc<Gateway>) {
    let mut next = interval(PURGE);
    loop {
        next.tick().await;
        if let Err(error) = gateway.store.purge(Timestamp::now()).await {
            warn!("the store was not cleared: {error}");
        }
    }
}

/// Ends the sessions past their end, unless their token was renewed since. Those that cannot be asked
/// about are closed without a word: their clients come back, and are asked again.
pub async fn end_expired(gateway: &Gateway, now: Timestamp) {
    let lives = gateway.sessions.ended(now);
    stream::iter(lives)
        .for_each_concurrent(LOOKUPS, |life| async move {
            if let Err(error) = hold(gateway, &life, now).await {
                debug!("a session past its end is closed, its record cannot be looked up: {error}");
                gateway.sessions.close_ended(&life, now);
            }
        })
        .await;
}

/// Holds all sessions against today's records. A record that cannot be looked up says nothing about
/// its sessions: they stay, and the others are looked up all the same.
pub async fn hold_all(gateway: &Gateway) {
    let lives = gateway.sessions.lives();
    let count = lives.len();
    let mut held = stream::iter(lives)
        .map(|life| async move { hold(gateway, &life, Timestamp::now()).await })
        .buffer_unordered(LOOKUPS);
    let (mut failed, mut first) = (0, None);
    while let Some(result) = held.next().await {
        if let Err(error) = result {
            failed += 1;
            first.get_or_insert(error);
        }
    }
    if let Some(error) = first {
        warn!("{failed} of {count} records could not be looked up again, the first: {error}");
    }
}

/// Holds the sessions that live on a record against what it says today.
pub async fn hold(gateway: &Gateway, life: &Life, now: Timestamp) -> Result<(), BoxError> {
    let store = Prompt(&gateway.store);
    let record = store.get(&life.uid, life.device_flag).await?;
    gateway.sessions.hold(life, record.as_ref(), now);
    Ok(())
}

/// The same for a session whose record changed while it was verified.
pub async fn ask_again(gateway: &Gateway, verified: &Verified) {
    let life = gateway
        .sessions
        .life(verified.uid(), verified.device_flag());
    let Some(life) = life else {
        return;
    };
    if let Err(error) = hold(gateway, &life, Timestamp::now()).await {
        warn!("a change of a record is seen late: {error}");
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use futures_util::FutureExt;
    use tokio::time::Instant;
    use wukongim_auth::frame::{Connect, Limits};
    use wukongim_auth::{
        AcceptOptions, Credentials, DeviceFlag, DeviceLevel, Handshake, KeyPolicy, MemoryStore,
        Token, TokenRecord, verify_record,
    };

    use super::*;
    use crate::deadline::ANSWER_WITHIN;
    use crate::options::Options;
    use crate::sessions::{Farewell, Place};
    use crate::store::Store;
    use crate::store::double::{Double, Fault};

    const FLAG: DeviceFlag = DeviceFlag::App;

    /// A session of alice's under this record.
    fn session(gateway: &Gateway, record: &TokenRecord, now: Timestamp) -> Place {
        session_of("alice", gateway, record, now)
    }

    fn session_of(uid: &str, gateway: &Gateway, record: &TokenRecord, now: Timestamp) -> Place {
        let place = gateway
            .sessions
            .register(&Credentials::new(uid, FLAG, "s3cret"));
        settle(&place, uid, record, now);
        place
    }

    fn settle(place: &Place, uid: &str, record: &TokenRecord, now: Timestamp) {
        let mut connect = Vec::new();
        let frame = Connect::new(4, uid, FLAG, "s3cret");
        frame.encode(Default::default(), &mut connect).unwrap();
        let (handshake, _) = Handshake::read(&connect, Limits::default()).unwrap();
        let verdict = verify_record(&handshake.credentials(), Some(record), now);
        let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
        place.settle(Arc::new(answer.outcome.unwrap()), "");
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
        Gateway::open(Options::parse_from(["gateway"])).unwrap()
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
    async fn a_store_that_lost_its_data_kicks_nobody() {
        let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
        let mut place = session(&gateway, &record().with_expiry(end), end);
        hold_all(&gateway).await;
        // By the clock its end is past: its client is asked again, without a word.
        let farewell = place.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Close));

        let mut endless = session(&gateway, &record(), end);
        hold_all(&gateway).await;
        end_expired(&gateway, Timestamp::MAX).await;
        assert_eq!(endless.farewell().now_or_never(), None);
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

    /// It was looked up before the change, and settled behind it.
    #[tokio::test]
    async fn a_session_that_was_being_verified_while_its_record_changed_asks_again() {
        let (gateway, now) = (gateway(), Timestamp::now());
        let store = registered(&gateway, record());
        let mut place = gateway
            .sessions
            .register(&Credentials::new("alice", FLAG, "s3cret"));
        assert!(!place.is_to_be_asked_again());
        store.revoke("alice", FLAG, now);
        store.insert("alice", FLAG, record());
        let life = gateway.sessions.life("alice", FLAG).unwrap();
        hold(&gateway, &life, now).await.unwrap();
        let before = record();
        settle(&place, "alice", &before, now);
        assert!(place.is_to_be_asked_again());
        let verified = verify_record(
            &Credentials::new("alice", FLAG, "s3cret"),
            Some(&before),
            now,
        );
        ask_again(&gateway, &verified.unwrap()).await;
        let farewell = place.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
    }

    /// A session that came while its record was looked up lives on a later one.
    #[test]
    fn a_session_that_was_not_there_yet_is_not_kicked() {
        let (gateway, now) = (gateway(), Timestamp::now());
        let mut before = session(&gateway, &record(), now);
        let lives = gateway.sessions.lives();
        let mut behind = session(&gateway, &record(), now);
        assert_eq!(lives.len(), 1);
        let tombstone = record().revoke(now);
        gateway.sessions.hold(&lives[0], Some(&tombstone), now);
        let farewell = before.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
        assert_eq!(behind.farewell().now_or_never(), None);
    }

    fn faulty(fault: Fault) -> Gateway {
        let memory = MemoryStore::new();
        let store = Store::Double(Double { memory, fault });
        Gateway { store, ..gateway() }
    }

    #[tokio::test]
    async fn a_store_that_cannot_tell_ends_no_session() {
        let gateway = faulty(Fault::Unreachable);
        let mut place = session(&gateway, &record(), Timestamp::now());
        hold_all(&gateway).await;
        assert_eq!(place.farewell().now_or_never(), None);
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_concerns_only_its_own_sessions() {
        let (gateway, now) = (faulty(Fault::Unreadable("bob")), Timestamp::now());
        // Whoever is looked up first.
        let mut others = ["alice", "carol", "dave"].map(|uid| {
            let Store::Double(double) = &gateway.store else {
                panic!("it is a double");
            };
            double.memory.insert(uid, FLAG, record().revoke(now));
            session_of(uid, &gateway, &record(), now)
        });
        let mut bob = session_of("bob", &gateway, &record(), now);
        hold_all(&gateway).await;
        assert_eq!(bob.farewell().now_or_never(), None);
        for other in &mut others {
            let farewell = other.farewell().now_or_never();
            assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_asked_by_few_at_a_time() {
        let (gateway, now) = (faulty(Fault::Silent), Timestamp::now());
        let uids: Vec<String> = (0..3 * LOOKUPS).map(|uid| uid.to_string()).collect();
        let places = uids
            .iter()
            .map(|uid| session_of(uid, &gateway, &record(), now));
        let mut places: Vec<Place> = places.collect();
        let started = Instant::now();
        hold_all(&gateway).await;
        assert_eq!(started.elapsed(), 3 * ANSWER_WITHIN);
        for place in &mut places {
            assert_eq!(place.farewell().now_or_never(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_past_its_end_and_cannot_be_asked_about_is_asked_again() {
        let gateway = Arc::new(faulty(Fault::Silent));
        let _waits = session(&gateway, &record(), Timestamp::now());
        let started = Instant::now();
        start(&gateway);
        tokio::time::sleep(Duration::from_millis(100)).await; // the first round has begun
        let end = Timestamp::from_millis(5_000);
        let mut ended = session_of("bob", &gateway, &record().with_expiry(end), end);
        assert_eq!(ended.farewell().await, Farewell::Close);
        let waited = started.elapsed();
        assert_eq!(waited, SWEEP + ANSWER_WITHIN, "not held up by the recheck");
    }
}
