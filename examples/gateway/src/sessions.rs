//! Who is connected: found by uid, told to close, gone when its connection is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wukongim_auth::device::{Displacement, displacement};
use wukongim_auth::{Credentials, DeviceFlag, Timestamp, Verified};

/// How long connections may take to close when the gateway ends.
const CLOSING: Duration = Duration::from_secs(3);

/// How a session ends when it does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// With reason 12, as DISCONNECT or as a notification: the SDK does not come back by itself.
    Kick(&'static str),
    /// Without a word: the SDK connects again, or has done so already.
    Close,
}

/// The sessions of all users. One lock, held for a few map operations at a time.
#[derive(Default)]
pub struct Sessions {
    users: Mutex<HashMap<String, Vec<Entry>>>,
    next_number: AtomicU64,
    places: AtomicUsize,
}

struct Entry {
    number: u64,
    device_flag: DeviceFlag,
    device_id: String,
    is_settled: bool,
    ends_at: Option<Timestamp>,
    farewell: oneshot::Sender<Farewell>,
}

/// A record that sessions live on.
pub struct Life {
    pub uid: String,
    pub device_flag: DeviceFlag,
    /// Their numbers are below this one.
    before: u64,
}

impl Sessions {
    /// Enters a session that is going to be verified, where revocations find it from now on. It
    /// counts for nothing else yet: see [`Place::settle`]. Keep the place for as long as the
    /// connection lives.
    pub fn register(self: &Arc<Self>, claim: &Credentials<'_>) -> Place {
        let (farewell, order) = oneshot::channel();
        let mut users = self.lock();
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let entry = Entry {
            number,
            device_flag: claim.device_flag,
            device_id: claim.device_id.to_owned(),
            is_settled: false,
            ends_at: None,
            farewell,
        };
        let uid = claim.uid.to_owned();
        users.entry(uid.clone()).or_default().push(entry);
        self.places.fetch_add(1, Ordering::Relaxed);
        Place {
            sessions: self.clone(),
            uid,
            number,
            order,
        }
    }

    /// Kicks a user's sessions of one flag.
    pub fn kick(&self, uid: &str, device_flag: DeviceFlag, why: &'static str) {
        if let Some(entries) = self.lock().get_mut(uid) {
            say_where(entries, |entry| {
                (entry.device_flag == device_flag).then_some(Farewell::Kick(why))
            });
        }
    }

    /// Kicks the sessions whose token is past its end.
    pub fn kick_ended(&self, now: Timestamp) {
        for entries in self.lock().values_mut() {
            say_where(entries, |entry| {
                let ended = entry.ends_at.is_some_and(|end| end < now);
                ended.then_some(Farewell::Kick("the token has expired"))
            });
        }
    }

    /// Closes all sessions and waits, not for ever, until their connections are gone.
    pub async fn close_all(&self) {
        for entries in self.lock().values_mut() {
            say_where(entries, |_| Some(Farewell::Close));
        }
        let gone = async {
            while self.len() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = tokio::time::timeout(CLOSING, gone).await;
    }

    /// The records that sessions live on.
    pub fn lives(&self) -> Vec<Life> {
        let users = self.lock();
        let before = self.next_number.load(Ordering::Relaxed);
        let of_user = |(uid, entries): (&String, &Vec<Entry>)| {
            let settled = entries.iter().filter(|entry| entry.is_settled);
            let mut flags: Vec<_> = settled.map(|entry| entry.device_flag).collect();
            flags.sort_unstable_by_key(|flag| flag.wire());
            flags.dedup();
            let life = |device_flag| Life {
                uid: uid.clone(),
                device_flag,
                before,
            };
            flags.into_iter().map(life).collect::<Vec<_>>()
        };
        users.iter().flat_map(of_user).collect()
    }

    /// The same for one record, where sessions live on it, or are about to: what was changed while a
    /// client was looked up must reach it too.
    pub fn life(&self, uid: &str, device_flag: DeviceFlag) -> Option<Life> {
        let users = self.lock();
        let entries = users.get(uid)?;
        entries.iter().find(|e| e.device_flag == device_flag)?;
        Some(Life {
            uid: uid.to_owned(),
            device_flag,
            before: self.next_number.load(Ordering::Relaxed),
        })
    }

    /// Kicks the sessions that lived on a record when [`lives`](Self::lives) was asked: one that
    /// came later lives on a later record.
    pub fn kick_known(&self, life: &Life, why: &'static str) {
        if let Some(entries) = self.lock().get_mut(&life.uid) {
            say_where(entries, |entry| {
                let known = entry.device_flag == life.device_flag && entry.number < life.before;
                known.then_some(Farewell::Kick(why))
            });
        }
    }

    /// How many there are, those included that were told to close.
    pub fn len(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    fn remove(&self, uid: &str, number: u64) {
        let mut users = self.lock();
        if let Some(entries) = users.get_mut(uid) {
            entries.retain(|entry| entry.number != number);
            if entries.is_empty() {
                users.remove(uid);
            }
        }
    }

    /// Nothing panics under this lock; if it did, the map would still be whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Entry>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes out the entries for which `farewell` finds one, and says it.
fn say_where(entries: &mut Vec<Entry>, farewell: impl Fn(&Entry) -> Option<Farewell>) {
    let mut index = 0;
    while let Some(entry) = entries.get(index) {
        let Some(farewell) = farewell(entry) else {
            index += 1;
            continue;
        };
        let entry = entries.swap_remove(index);
        // A connection that is gone already needs no farewell.
        let _ = entry.farewell.send(farewell);
    }
}

/// A session's entry; it ends with the connection that holds it.
pub struct Place {
    sessions: Arc<Sessions>,
    uid: String,
    number: u64,
    order: oneshot::Receiver<Farewell>,
}

impl Place {
    /// Makes it a session, which is verified now: it ends when the proof does, and sends away those
    /// that it displaces.
    pub fn settle(&self, verified: &Verified, device_id: &str) {
        let new = (verified.device_flag(), device_id);
        let mut users = self.sessions.lock();
        let Some(entries) = users.get_mut(&self.uid) else {
            return;
        };
        for own in entries.iter_mut().filter(|e| e.number == self.number) {
            own.is_settled = true;
            own.ends_at = verified.expires_at();
        }
        say_where(entries, |entry| {
            let existing = (entry.device_flag, entry.device_id.as_str());
            // Who came later decides over this one, not the other way round.
            if entry.number >= self.number {
                return None;
            }
            match displacement(new, verified.device_level(), existing) {
                Displacement::Close => Some(Farewell::Close),
                Displacement::Kick => Some(Farewell::Kick("logged in on another device")),
                _ => None,
            }
        });
    }

    /// Waits for the order to close. Can be dropped and called again until it came.
    pub async fn farewell(&mut self) -> Farewell {
        (&mut self.order).await.unwrap_or(Farewell::Close)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.remove(&self.uid, self.number);
        self.sessions.places.fetch_sub(1, Ordering::Relaxed);
    }
}
