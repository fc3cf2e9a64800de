//! Who is connected: found by uid, told to close, gone when its connection is.

mod entry;
mod place;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wukongim_auth::{Credentials, DeviceFlag, DeviceFlags, Timestamp, TokenRecord};

use entry::{Entry, dismiss};

pub use entry::Farewell;
pub use place::Place;

/// How long connections may take to close when the gateway ends.
const CLOSING: Duration = Duration::from_secs(3);

/// The sessions of all users. One lock, held for a few map operations at a time.
#[derive(Default)]
pub struct Sessions(Mutex<Registry>);

#[derive(Default)]
struct Registry {
    users: HashMap<String, Vec<Entry>>,
    /// Counts what is registered and settled, and with it says what came before what.
    clock: u64,
    places: usize,
}

/// A (uid, device flag) whose record is going to be looked up.
pub struct Pair {
    pub uid: String,
    pub device_flag: DeviceFlag,
    /// Only sessions from before the lookup are held against what it finds: a later one may have been
    /// accepted by a newer record.
    asked_at: u64,
}

impl Sessions {
    /// Enters a session that is going to be verified, where changes of its record find it from now
    /// on. It counts for nothing else yet: see [`Place::settle`]. Keep the place for as long as the
    /// connection lives.
    pub fn register(self: &Arc<Self>, claim: &Credentials<'_>) -> Place {
        let (farewell, order) = oneshot::channel();
        let mut registry = self.lock();
        let number = registry.tick();
        let entry = Entry::new(number, claim, farewell);
        let uid = claim.uid.to_owned();
        registry.users.entry(uid.clone()).or_default().push(entry);
        registry.places += 1;
        Place::new(self.clone(), uid, number, order)
    }

    /// Kicks a user's sessions of one flag, those included that are being verified.
    pub fn kick(&self, uid: &str, device_flag: DeviceFlag, why: &'static str) {
        if let Some(entries) = self.lock().users.get_mut(uid) {
            dismiss(entries, |entry| {
                (entry.device_flag == device_flag).then_some(Farewell::Kick(why))
            });
        }
    }

    /// Closes all sessions and waits, not for ever, until their connections are gone.
    pub async fn close_all(&self) {
        for entries in self.lock().users.values_mut() {
            dismiss(entries, |_| Some(Farewell::Close));
        }
        let gone = async {
            while self.len() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(CLOSING, gone).await;
    }

    /// The pairs that have sessions.
    pub fn pairs(&self) -> Vec<Pair> {
        self.pairs_of(Entry::is_settled)
    }

    /// The pairs that have sessions past their end, as far as it is known.
    pub fn expired(&self, now: Timestamp) -> Vec<Pair> {
        self.pairs_of(|entry| entry.has_expired(now))
    }

    fn pairs_of(&self, is_concerned: impl Fn(&Entry) -> bool) -> Vec<Pair> {
        let registry = self.lock();
        let of_user = |(uid, entries): (&String, &Vec<Entry>)| {
            let concerned = entries.iter().filter(|entry| is_concerned(entry));
            let flags: DeviceFlags = concerned.map(|entry| entry.device_flag).collect();
            let pair = |flag| registry.pair(uid, flag);
            flags.iter().map(pair).collect::<Vec<_>>()
        };
        registry.users.iter().flat_map(of_user).collect()
    }

    /// The pair, if it has sessions: its record has changed. Those that are being verified may have
    /// been looked up before that, and are [told so](Place::settle).
    pub fn changed(&self, uid: &str, device_flag: DeviceFlag) -> Option<Pair> {
        let mut registry = self.lock();
        let entries = registry.users.get_mut(uid)?.iter_mut();
        let of_flag = entries.filter(|entry| entry.device_flag == device_flag);
        let has_settled = of_flag.fold(false, |any, entry| {
            entry.has_changed = true;
            any | entry.is_settled()
        });
        has_settled.then(|| registry.pair(uid, device_flag))
    }

    /// Holds the pair's sessions against the record that was found.
    pub fn hold(&self, pair: &Pair, record: Option<&TokenRecord>, now: Timestamp) {
        self.dismiss(pair, |entry| entry.hold(record, now));
    }

    /// Closes the pair's sessions that are past their end, since its record cannot be looked up: their
    /// clients retry, and are verified again.
    pub fn close_expired(&self, pair: &Pair, now: Timestamp) {
        self.dismiss(pair, |entry| {
            entry.has_expired(now).then_some(Farewell::Close)
        });
    }

    fn dismiss(&self, pair: &Pair, farewell: impl Fn(&mut Entry) -> Option<Farewell>) {
        if let Some(entries) = self.lock().users.get_mut(&pair.uid) {
            dismiss(entries, |entry| {
                let is_of_pair = entry.device_flag == pair.device_flag;
                let is_known = is_of_pair && entry.was_settled_by(pair.asked_at);
                is_known.then(|| farewell(entry)).flatten()
            });
        }
    }

    /// How many there are, those included that were told to close.
    pub fn len(&self) -> usize {
        self.lock().places
    }

    /// Nothing panics under this lock; if it did, the map would still be whole.
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn pair(&self, uid: &str, device_flag: DeviceFlag) -> Pair {
        Pair {
            uid: uid.to_owned(),
            device_flag,
            asked_at: self.clock,
        }
    }

    fn remove(&mut self, uid: &str, number: u64) {
        self.places -= 1;
        if let Some(entries) = self.users.get_mut(uid) {
            entries.retain(|entry| entry.number != number);
            if entries.is_empty() {
                self.users.remove(uid);
            }
        }
    }
}
