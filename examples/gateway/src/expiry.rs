//! Sessions end when their token does: one sweep for all of them, no timer per connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};
use wukongim_auth::{AsyncTokenStore, BoxError, Timestamp};

use crate::deadline::Prompt;
use crate::gateway::Gateway;
use crate::sessions::Pair;

/// How late a session may end.
const SWEEP: Duration = Duration::from_secs(1);

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
    let mut next = interval(gateway.recheck);
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

/// Ends the sessions past their end, unless their token was renewed. If the store cannot be asked,
/// they are closed without a word: their clients retry, and are verified again.
pub async fn end_expired(gateway: &Gateway, now: Timestamp) {
    let pairs = stream::iter(gateway.sessions.expired(now));
    let end = |pair| async move {
        if let Err(error) = hold(gateway, &pair, now).await {
            debug!(
                uid = &*pair.uid,
                "closed past its end, the record cannot be looked up: {error}"
            );
            gateway.sessions.close_expired(&pair, now);
        }
    };
    pairs.for_each_concurrent(LOOKUPS, end).await;
}

/// Holds all sessions against today's records. A record that cannot be looked up says nothing about
/// its sessions: they stay, and the others are looked up all the same.
pub async fn hold_all(gateway: &Gateway) {
    let pairs = gateway.sessions.pairs();
    let count = pairs.len();
    let mut held = stream::iter(pairs)
        .map(|pair| async move { hold(gateway, &pair, Timestamp::now()).await })
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

/// Holds the sessions of a pair whose record has changed against it.
pub async fn hold_changed(gateway: &Gateway, pair: &Pair) {
    if let Err(error) = hold(gateway, pair, Timestamp::now()).await {
        warn!("a revocation is seen late: {error}");
    }
}

async fn hold(gateway: &Gateway, pair: &Pair, now: Timestamp) -> Result<(), BoxError> {
    let store = Prompt(&gateway.store);
    let record = store.get(&pair.uid, pair.device_flag).await?;
    gateway.sessions.hold(pair, record.as_ref(), now);
    Ok(())
}

#[cfg(test)]
mod tests;
