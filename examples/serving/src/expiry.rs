//! Sessions end when their token does: one sweep for all of them, no timer per connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};
use wukongim_auth::{AsyncTokenStore, BoxError, Timestamp};

use crate::deadline::Prompt;
use crate::sessions::{Pair, Sessions};
use crate::store::Store;

/// How late a session may end.
const SWEEP: Duration = Duration::from_secs(1);

/// How often obsolete records are removed from the store.
const PURGE: Duration = Duration::from_secs(3600);

/// Lookups of the recheck at the same time: enough to hide a round trip, and few enough to leave
/// the store to clients that connect.
const LOOKUPS: usize = 16;

/// What holds sessions, and the store with their records.
pub trait Custodian: Send + Sync + 'static {
    fn store(&self) -> &Store;
    fn sessions(&self) -> &Sessions;

    /// How often all sessions are checked against their records. A revocation that came neither
    /// through this server nor through one that announces it is noticed at the latest after this
    /// time.
    fn recheck(&self) -> Duration;

    /// Counts a session whose record could not be looked up.
    fn lookup_failed(&self);
}

/// Starts all three as separate tasks, so that one that waits for the store does not delay the
/// others.
pub fn start(custodian: &Arc<impl Custodian>) {
    tokio::spawn(sweep(custodian.clone()));
    tokio::spawn(recheck(custodian.clone()));
    tokio::spawn(purge(custodian.clone()));
}

async fn sweep(custodian: Arc<impl Custodian>) {
    let mut next = interval(SWEEP);
    loop {
        next.tick().await;
        end_expired(&*custodian, Timestamp::now()).await;
    }
}

async fn recheck(custodian: Arc<impl Custodian>) {
    let mut next = interval(custodian.recheck());
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        next.tick().await;
        hold_all(&*custodian).await;
    }
}

async fn purge(custodian: Arc<impl Custodian>) {
    let mut next = interval(PURGE);
    loop {
        next.tick().await;
        if let Err(error) = custodian.store().purge(Timestamp::now()).await {
            warn!("the store was not cleared: {error}");
        }
    }
}

/// Ends the sessions past their end, unless their token was renewed. If the store fails, they are
/// closed without a reply: their clients retry, and are verified again.
pub async fn end_expired(custodian: &impl Custodian, now: Timestamp) {
    let pairs = stream::iter(custodian.sessions().expired(now));
    let end = |pair| async move {
        if let Err(error) = hold(custodian, &pair, now).await {
            debug!(
                uid = &*pair.uid,
                "closed past its end, the record cannot be looked up: {error}"
            );
            custodian.sessions().close_expired(&pair, now);
        }
    };
    pairs.for_each_concurrent(LOOKUPS, end).await;
}

/// Checks all sessions against today's records. A record that cannot be looked up says nothing
/// about its sessions: they stay, and the other records are looked up anyway.
pub async fn hold_all(custodian: &impl Custodian) {
    let pairs = custodian.sessions().pairs();
    let count = pairs.len();
    let mut held = stream::iter(pairs)
        .map(|pair| async move { hold(custodian, &pair, Timestamp::now()).await })
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

/// Checks the sessions of a (uid, device flag) against its record, which has changed.
pub async fn hold_changed(custodian: &impl Custodian, pair: &Pair) {
    if let Err(error) = hold(custodian, pair, Timestamp::now()).await {
        warn!("a revocation is seen late: {error}");
    }
}

async fn hold(custodian: &impl Custodian, pair: &Pair, now: Timestamp) -> Result<(), BoxError> {
    let store = Prompt(&custodian.store());
    let record = store.get(&pair.uid, pair.device_flag).await;
    let record = record.inspect_err(|_| custodian.lookup_failed())?;
    custodian.sessions().hold(pair, record.as_ref(), now);
    Ok(())
}

#[cfg(test)]
mod tests;
