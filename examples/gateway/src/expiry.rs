//! Sessions end when their token does: one sweep for all of them, no timer per connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;
use wukongim_auth::{AsyncTokenStore, BoxError, Timestamp};

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

/// Look-ups of the recheck at the same time: enough to hide a round trip, and few enough to leave
/// the store to those who connect.
const LOOK_UPS: usize = 16;

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
        gateway.sessions.kick_ended(Timestamp::now());
    }
}

async fn recheck(gateway: Arc<Gateway>) {
    let mut next = interval(RECHECK);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        next.tick().await;
        kick_revoked(&gateway).await;
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

/// A record that cannot be looked up says nothing about its sessions: they stay, and the others are
/// looked up all the same.
pub async fn kick_revoked(gateway: &Gateway) {
    let lives = gateway.sessions.lives();
    let count = lives.len();
    let mut looked_up = stream::iter(lives)
        .map(|life| kick_if_revoked(gateway, life))
        .buffer_unordered(LOOK_UPS);
    let (mut failed, mut first) = (0, None);
    while let Some(result) = looked_up.next().await {
        if let Err(error) = result {
            failed += 1;
            first.get_or_insert(error);
        }
    }
    if let Some(error) = first {
        warn!("{failed} of {count} records could not be looked up again, the first: {error}");
    }
}

/// Ends the sessions that live on a record, where it is revoked by now.
pub async fn kick_if_revoked(gateway: &Gateway, life: Life) -> Result<(), BoxError> {
    let store = Prompt(&gateway.store);
    let record = store.get(&life.uid, life.device_flag).await?;
    if record.is_none_or(|record| record.revoked_at().is_some()) {
        gateway.sessions.kick_known(&life, "the token was revoked");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use futures_util::FutureExt;
    use tokio::time::Instant;
    use wukongim_auth::{
        Credentials, DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord, check,
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
        let credentials = Credentials::new(uid, FLAG, "s3cret");
        let verified = check(&credentials, Some(record), now).unwrap();
        let place = gateway.sessions.register(&credentials);
        place.settle(&verified, "");
        place
    }

    fn gateway() -> Gateway {
        Gateway::open(Options::parse_from(["gateway"])).unwrap()
    }

    fn record() -> TokenRecord {
        TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave)
    }

    #[test]
    fn a_session_ends_right_after_its_token() {
        let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
        let mut ends = session(&gateway, &record().with_expiry(end), end);
        gateway.sessions.kick_ended(end);
        assert_eq!(ends.farewell().now_or_never(), None);
        gateway.sessions.kick_ended(Timestamp::from_millis(5_001));
        let farewell = ends.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("the token has expired")));

        let mut stays = session(&gateway, &record(), end);
        gateway.sessions.kick_ended(Timestamp::MAX);
        assert_eq!(stays.farewell().now_or_never(), None, "without an end");
    }

    #[tokio::test]
    async fn a_revocation_that_came_another_way_is_seen() {
        let (gateway, now) = (gateway(), Timestamp::now());
        let Store::Memory(store) = &gateway.store else {
            panic!("memory is the default");
        };
        let mut place = session(&gateway, &record(), now);
        store.0.insert("alice", FLAG, record());
        kick_revoked(&gateway).await;
        assert_eq!(place.farewell().now_or_never(), None);

        store.0.insert("alice", FLAG, record().revoke(now));
        kick_revoked(&gateway).await;
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
        gateway.sessions.kick_known(&lives[0], "revoked");
        let farewell = before.farewell().now_or_never();
        assert_eq!(farewell, Some(Farewell::Kick("revoked")));
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
        kick_revoked(&gateway).await;
        assert_eq!(place.farewell().now_or_never(), None);
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_concerns_only_its_own_sessions() {
        let (gateway, now) = (faulty(Fault::Unreadable("bob")), Timestamp::now());
        // Whoever is looked up first.
        let mut others = ["alice", "carol", "dave"].map(|uid| {
            // The store knows none of them: gone, as a revoked token is after its retention.
            session_of(uid, &gateway, &record(), now)
        });
        let mut bob = session_of("bob", &gateway, &record(), now);
        kick_revoked(&gateway).await;
        assert_eq!(bob.farewell().now_or_never(), None);
        for other in &mut others {
            let farewell = other.farewell().now_or_never();
            assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_is_asked_by_few_at_a_time() {
        let (gateway, now) = (faulty(Fault::Silent), Timestamp::now());
        let uids: Vec<String> = (0..3 * LOOK_UPS).map(|uid| uid.to_string()).collect();
        let places = uids
            .iter()
            .map(|uid| session_of(uid, &gateway, &record(), now));
        let mut places: Vec<Place> = places.collect();
        let started = Instant::now();
        kick_revoked(&gateway).await;
        assert_eq!(started.elapsed(), 3 * ANSWER_WITHIN);
        for place in &mut places {
            assert_eq!(place.farewell().now_or_never(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_hangs_does_not_hold_up_the_sweep() {
        let gateway = Arc::new(faulty(Fault::Silent));
        let _waits = session(&gateway, &record(), Timestamp::now());
        let started = Instant::now();
        start(&gateway);
        tokio::time::sleep(Duration::from_millis(100)).await; // the first round has begun
        let end = Timestamp::from_millis(5_000);
        let mut ended = session_of("bob", &gateway, &record().with_expiry(end), end);
        let farewell = ended.farewell().await;
        assert_eq!(farewell, Farewell::Kick("the token has expired"));
        assert_eq!(
            started.elapsed(),
            SWEEP,
            "and not when the store is given up"
        );
    }
}
