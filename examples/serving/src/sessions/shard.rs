//! Some users' sessions, and their indexes. The cost of an operation grows with the number of
//! sessions that it ends, not with the number that a user has.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use wukongim_auth::{DeviceFlag, Session, Timestamp};

use super::Pair;
use super::entry::{Entry, Farewell};

#[derive(Default)]
pub struct Shard {
    /// By the number under which each session was registered.
    entries: HashMap<u64, Entry>,
    /// For each user and flag: the sessions being verified, then the accepted ones, from the oldest
    /// on.
    by_pair: BTreeSet<(Arc<str>, u8, bool, u64)>,
    /// For each user, flag and device, from the oldest on. An empty id names no device.
    by_device: BTreeSet<(Arc<str>, u8, Arc<str>, u64)>,
    by_end: BTreeSet<(Timestamp, u64)>,
    /// The number of accepted sessions, if any.
    accepted: HashMap<(Arc<str>, u8), usize>,
    /// Counts registrations and acceptances, which gives their order.
    clock: u64,
    #[cfg(test)]
    pub visits: Visits,
}

/// Counters that show the cost of an operation.
#[cfg(test)]
#[derive(Default)]
pub struct Visits {
    /// Entries that were visited, in total, and the most under one lock.
    pub all: usize,
    pub most: usize,
    now: usize,
}

impl Shard {
    /// Notes that the lock was taken.
    pub fn begin(&mut self) {
        #[cfg(test)]
        {
            self.visits.now = 0;
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Adds a session that is about to be verified; returns its number.
    pub fn insert(&mut self, entry: Entry) -> u64 {
        let number = self.tick();
        let (uid, flag) = (entry.uid.clone(), entry.device_flag.into());
        self.by_pair.insert((uid.clone(), flag, false, number));
        if !entry.device_id.is_empty() {
            let device_id = entry.device_id.clone();
            self.by_device.insert((uid, flag, device_id, number));
        }
        self.entries.insert(number, entry);
        number
    }

    /// Marks a session as accepted; `None` if it was told to close before. Otherwise, returns
    /// whether its record has changed since it was registered.
    pub fn settle(&mut self, number: u64, session: &Arc<Session>) -> Option<bool> {
        let settled = self.tick();
        let entry = self.entry(number)?;
        entry.settle(session, settled);
        let (uid, flag) = (entry.uid.clone(), entry.device_flag.into());
        let (end, has_changed) = (entry.expires_at(), entry.has_changed);
        self.by_pair.remove(&(uid.clone(), flag, false, number));
        self.by_pair.insert((uid.clone(), flag, true, number));
        *self.accepted.entry((uid, flag)).or_default() += 1;
        self.by_end.extend(end.map(|end| (end, number)));
        Some(has_changed)
    }

    /// Removes a session, if it is still there.
    pub fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        let (uid, flag) = (entry.uid.clone(), entry.device_flag.into());
        if !entry.device_id.is_empty() {
            let device_id = entry.device_id.clone();
            let key = (uid.clone(), flag, device_id, number);
            self.by_device.remove(&key);
        }
        if let Some(end) = entry.expires_at() {
            self.by_end.remove(&(end, number));
        }
        let is_settled = entry.is_settled();
        self.by_pair
            .remove(&(uid.clone(), flag, is_settled, number));
        let pair = (uid, flag);
        if is_settled && let Some(count) = self.accepted.get_mut(&pair) {
            *count -= 1;
            if *count == 0 {
                self.accepted.remove(&pair);
            }
        }
        Some(entry)
    }

    /// Removes a session and sends its farewell, if any.
    pub fn dismiss(&mut self, number: u64, farewell: impl FnOnce(&mut Entry) -> Option<Farewell>) {
        let Some(entry) = self.entry(number) else {
            return;
        };
        let before = entry.expires_at();
        if let Some(farewell) = farewell(entry) {
            if let Some(entry) = self.remove(number) {
                entry.say(farewell);
            }
            return;
        }
        let end = entry.expires_at();
        if end != before {
            before.map(|end| self.by_end.remove(&(end, number)));
            self.by_end.extend(end.map(|end| (end, number)));
        }
    }

    pub fn dismiss_all(&mut self, farewell: Farewell) {
        let numbers: Vec<u64> = self.entries.keys().copied().collect();
        for number in numbers {
            self.dismiss(number, |_| Some(farewell));
        }
    }

    pub fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        #[cfg(test)]
        {
            self.visits.now += 1;
            self.visits.all += 1;
            self.visits.most = self.visits.most.max(self.visits.now);
        }
        self.entries.get_mut(&number)
    }

    /// A pair's sessions, by number, from the oldest on.
    pub fn numbers(
        &self,
        uid: &Arc<str>,
        device_flag: DeviceFlag,
        is_settled: bool,
        range: RangeInclusive<u64>,
    ) -> impl Iterator<Item = u64> {
        let key = |number: &u64| (uid.clone(), device_flag.into(), is_settled, *number);
        let range = key(range.start())..=key(range.end());
        self.by_pair.range(range).map(|(_, _, _, number)| *number)
    }

    /// The sessions of a device that are older than this one; none if the id is empty.
    pub fn same_device(
        &self,
        uid: &Arc<str>,
        device_flag: DeviceFlag,
        device_id: &Arc<str>,
        number: u64,
    ) -> impl Iterator<Item = u64> {
        let key = |number| (uid.clone(), device_flag.into(), device_id.clone(), number);
        let range = self.by_device.range(key(0)..key(number));
        range.map(|(_, _, _, number)| *number)
    }

    pub fn count(&self, uid: &Arc<str>, device_flag: DeviceFlag) -> usize {
        let pair = (uid.clone(), device_flag.into());
        self.accepted.get(&pair).copied().unwrap_or_default()
    }

    pub fn pair(&self, uid: Arc<str>, device_flag: DeviceFlag) -> Pair {
        Pair {
            uid,
            device_flag,
            asked_at: self.clock,
        }
    }

    /// The pairs that have accepted sessions.
    pub fn pairs(&self) -> Vec<Pair> {
        let pairs = self.accepted.keys();
        pairs
            .map(|(uid, flag)| self.pair(uid.clone(), (*flag).into()))
            .collect()
    }

    /// The pairs with sessions whose known end is before `now`.
    pub fn expired(&self, now: Timestamp) -> Vec<Pair> {
        let ended = self.by_end.range(..(now, 0));
        let entries = ended.filter_map(|(_, number)| self.entries.get(number));
        let pairs: BTreeSet<_> = entries
            .map(|entry| (entry.uid.clone(), u8::from(entry.device_flag)))
            .collect();
        pairs
            .into_iter()
            .map(|(uid, flag)| self.pair(uid, flag.into()))
            .collect()
    }
}
