//! Who is connected: sessions are found by uid, told to close, and removed with their connection.

mod displace;
mod entry;
mod place;
mod shard;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wukongim_auth::{Credentials, DeviceFlag, Timestamp, TokenRecord};

use entry::Entry;
use shard::Shard;

pub use entry::Farewell;
pub use place::Place;

/// The number of locks that a keyed hash spreads users over, so that nobody can aim at another user's.
const SHARDS: usize = 64;

/// Sessions of one user that are visited before the lock is released for others.
const SLICE: usize = 64;

/// The sessions of all users. However many sessions a user has, the lock is held only for a few map
/// operations at a time.
pub struct Sessions {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    /// The most sessions that one user may have under one device flag.
    max: usize,
    places: AtomicUsize,
}

/// A (uid, device flag) whose record is about to be looked up.
pub struct Pair {
    pub uid: Arc<str>,
    pub device_flag: DeviceFlag,
    /// Only sessions from before the lookup are compared with its result: a later one may have been
    /// accepted by a newer record.
    asked_at: u64,
}

impl Sessions {
    /// Creates an empty set, with at most `max` sessions for each user and device flag.
    pub fn new(max: usize) -> Self {
        Sessions {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            max,
            places: AtomicUsize::new(0),
        }
    }

    /// Registers a session that is about to be verified. From now on, changes of its record find
    /// it. Otherwise, it does not count yet: see [`Place::settle`]. Keep the place for as long as
    /// the connection lives.
    pub fn register(self: &Arc<Self>, claim: &Credentials<'_>) -> Place {
        let (farewell, order) = oneshot::channel();
        let entry = Entry::new(claim, farewell);
        let uid = entry.uid.clone();
        let number = self.lock(&uid).insert(entry);
        self.places.fetch_add(1, Ordering::Relaxed);
        Place::new(self.clone(), uid, number, order)
    }

    /// Kicks a user's sessions of one flag, including those being verified.
    pub fn kick(&self, uid: &str, device_flag: DeviceFlag, why: &'static str) {
        let pair = self.pair(uid, device_flag);
        // In this order: a session that is accepted in between is found by the second step.
        for is_settled in [false, true] {
            self.dismiss(&pair, is_settled, |_| Some(Farewell::Kick(why)));
        }
    }

    /// Closes all sessions and waits until their connections are gone, but no longer than this.
    /// This includes sessions that are accepted meanwhile: their clients had connected before.
    pub async fn close_all(&self, within: Duration) {
        let gone = async {
            loop {
                for shard in &self.shards {
                    lock(shard).dismiss_all(Farewell::Close);
                }
                if self.is_empty() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(within, gone).await;
    }

    /// The pairs that have sessions.
    pub fn pairs(&self) -> Vec<Pair> {
        self.shards.iter().flat_map(|s| lock(s).pairs()).collect()
    }

    /// The pairs that have sessions past their known end.
    pub fn expired(&self, now: Timestamp) -> Vec<Pair> {
        let expired = |shard| lock(shard).expired(now);
        self.shards.iter().flat_map(expired).collect()
    }

    /// The pair, if it has sessions: its record has changed. Sessions that are being verified may
    /// have been looked up before that, and are [told so](Place::settle).
    pub fn changed(&self, uid: &str, device_flag: DeviceFlag) -> Option<Pair> {
        let pair = self.pair(uid, device_flag);
        self.dismiss(&pair, false, |entry| {
            entry.has_changed = true;
            None
        });
        // Checked again: a session that was accepted in between must be compared, too.
        let pair = self.pair(uid, device_flag);
        let has_settled = self.lock(uid).count(&pair.uid, device_flag) > 0;
        has_settled.then_some(pair)
    }

    /// Compares the pair's sessions with the record that was found.
    pub fn hold(&self, pair: &Pair, record: Option<&TokenRecord>, now: Timestamp) {
        self.dismiss(pair, true, |entry| {
            let is_known = entry.was_settled_by(pair.asked_at);
            is_known.then(|| entry.hold(record, now)).flatten()
        });
    }

    /// Closes the pair's sessions that are past their end, because its record cannot be looked up:
    /// their clients retry, and are verified again.
    pub fn close_expired(&self, pair: &Pair, now: Timestamp) {
        self.dismiss(pair, true, |entry| {
            let is_over = entry.was_settled_by(pair.asked_at) && entry.has_expired(now);
            is_over.then_some(Farewell::Close)
        });
    }

    /// Visits the pair's sessions that are registered so far, from the oldest on, and sends each
    /// its farewell, if any.
    fn dismiss(
        &self,
        pair: &Pair,
        is_settled: bool,
        farewell: impl Fn(&mut Entry) -> Option<Farewell>,
    ) {
        let (mut from, until) = (0, pair.asked_at);
        loop {
            let mut shard = self.lock(&pair.uid);
            let numbers = shard.numbers(&pair.uid, pair.device_flag, is_settled, from..=until);
            let slice: Vec<u64> = numbers.take(SLICE).collect();
            for number in &slice {
                shard.dismiss(*number, &farewell);
            }
            match slice.last() {
                Some(last) if slice.len() == SLICE => from = last + 1,
                _ => return,
            }
        }
    }

    fn pair(&self, uid: &str, device_flag: DeviceFlag) -> Pair {
        self.lock(uid).pair(uid.into(), device_flag)
    }

    /// Whether no session is left, including those that were told to close.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of sessions, including those that were told to close.
    pub fn len(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    /// The shard with a user's sessions.
    fn lock(&self, uid: &str) -> MutexGuard<'_, Shard> {
        let hash = self.hasher.hash_one(uid) as usize;
        lock(&self.shards[hash % SHARDS])
    }
}

/// Nothing panics under this lock; if it did, the maps would still be consistent.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
    shard.begin();
    shard
}

#[cfg(test)]
mod tests;
