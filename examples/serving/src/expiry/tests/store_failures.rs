//! Sessions while the store fails, or after it lost its data.

use tokio::time::Instant;

use super::*;
use crate::deadline::ANSWER_WITHIN;
use crate::store::double::{Double, Fault};

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
    // Regardless of which of them is looked up first.
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
async fn an_expired_session_whose_lookup_fails_is_looked_up_again() {
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

#[tokio::test]
async fn a_store_that_lost_its_data_kicks_nobody() {
    let (gateway, end) = (gateway(), Timestamp::from_millis(5_000));
    let mut place = session(&gateway, &record().with_expiry(end), end);
    hold_all(&gateway).await;
    // By the clock, it is past its end, so it is closed without a message, and its client is
    // verified again.
    let farewell = place.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Close));

    let mut endless = session(&gateway, &record(), end);
    hold_all(&gateway).await;
    end_expired(&gateway, Timestamp::MAX).await;
    assert_eq!(endless.farewell().now_or_never(), None);
}
