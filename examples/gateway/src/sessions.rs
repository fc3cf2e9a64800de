//! Who is connected: found by uid, told to close, gone when its connection is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wukongim_auth::device::{Displacement, displacement};
use wukongim_auth::session::Standing;
use wukongim_auth::{Credentials, DeviceFlag, DeviceFlags, Session, Timestamp, TokenRecord};

/// How long connections may take to close when the gateway ends.
const CLOSING: Duration = Duration::from_secs(3);

/// What clients are told whose token was revoked.
const REVOKED: &str = "the token was revoked";

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
    /// What it was let in with, once it is.
    session: Option<Arc<Session>>,
    /// The end of its token, as far as it is known.
    expires_at: Option<Timestamp>,
    /// Whether its record changed while it was verified.
    ask_again: bool,
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
            session: None,
            expires_at: None,
            ask_again: false,
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
        self.lives_of(|entry| entry.session.is_some())
    }

    /// The records of the sessions whose token is past its end, as far as that is known.
    pub fn ended(&self, now: Timestamp) -> Vec<Life> {
        self.lives_of(|entry| entry.has_ended(now))
    }

    fn lives_of(&self, is_of_interest: impl Fn(&Entry) -> bool) -> Vec<Life> {
        let users = self.lock();
        let before = self.next_number.load(Ordering::Relaxed);
        let of_user = |(uid, entries): (&String, &Vec<Entry>)| {
            let of_interest = entries.iter().filter(|entry| is_of_interest(entry));
            let flags: DeviceFlags = of_interest.map(|entry| entry.device_flag).collect();
            let life = |device_flag| Life {
                uid: uid.clone(),
                device_flag,
                before,
            };
            flags.iter().map(life).collect::<Vec<_>>()
        };
        users.iter().flat_map(of_user).collect()
    }

    /// The same for one record that has changed, if sessions live on it, or are about to: those that
    /// are being verified ask again once they are.
    pub fn life(&self, uid: &str, device_flag: DeviceFlag) -> Option<Life> {
        let mut users = self.lock();
        let entries = users.get_mut(uid)?;
        let before = self.next_number.load(Ordering::Relaxed);
        let mut concerned = entries
            .iter_mut()
            .filter(|e| e.device_flag == device_flag)
            .peekable();
        concerned.peek()?;
        concerned.for_each(|entry| entry.ask_again = entry.session.is_none());
        Some(Life {
            uid: uid.to_owned(),
            device_flag,
            before,
        })
    }

    /// Holds the sessions that lived on a record when it was looked up against it: one that came
    /// later lives on a later record.
    pub fn hold(&self, life: &Life, record: Option<&TokenRecord>, now: Timestamp) {
        self.say_to(life, |entry| {
            let Some(session) = &entry.session else {
                let is_revoked = record.is_some_and(|record| record.revoked_at().is_some());
                return is_revoked.then_some(Farewell::Kick(REVOKED));
            };
            match session.verified().standing(record, now) {
                Standing::Revoked => Some(Farewell::Kick(REVOKED)),
                Standing::Expired => Some(Farewell::Kick("the token has expired")),
                // The token was renewed, or ends earlier than it did.
                Standing::Holds => {
                    entry.expires_at = record.and_then(TokenRecord::expires_at);
                    None
                }
                // A store that lost its data revokes nobody; who is past its end is asked again.
                Standing::Unknown if entry.has_ended(now) => Some(Farewell::Close),
                _ => None,
            }
        });
    }

    /// Closes the sessions of a record that are past their end and cannot be asked about: their
    /// clients come back, and are asked again.
    pub fn close_ended(&self, life: &Life, now: Timestamp) {
        self.say_to(life, |entry| {
            entry.has_ended(now).then_some(Farewell::Close)
        });
    }

    fn say_to(&self, life: &Life, farewell: impl Fn(&mut Entry) -> Option<Farewell>) {
        if let Some(entries) = self.lock().get_mut(&life.uid) {
            say_where(entries, |entry| {
                let known = entry.device_flag == life.device_flag && entry.number < life.before;
                known.then(|| farewell(entry)).flatten()
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

impl Entry {
    fn has_ended(&self, now: Timestamp) -> bool {
        self.session.is_some() && self.expires_at.is_some_and(|end| end < now)
    }
}

/// Takes out the entries for which `farewell` finds one, and says it.
fn say_where(entries: &mut Vec<Entry>, farewell: impl Fn(&mut Entry) -> Option<Farewell>) {
    let mut index = 0;
    while let Some(entry) = entries.get_mut(index) {
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
    /// Makes it a session, which is verified now: it ends when its token does, and sends away those
    /// that it displaces.
    pub fn settle(&self, session: Arc<Session>, device_id: &str) {
        let verified = session.verified();
        let new = (verified.device_flag(), device_id);
        let mut users = self.sessions.lock();
        let Some(entries) = users.get_mut(&self.uid) else {
            return;
        };
        for own in entries.iter_mut().filter(|e| e.number == self.number) {
            own.expires_at = verified.expires_at();
            own.session = Some(session.clone());
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

    /// Whether the record changed while the session was verified: what was looked up may be older.
    pub fn is_to_be_asked_again(&self) -> bool {
        let users = self.sessions.lock();
        let mut entries = users.get(&self.uid).into_iter().flatten();
        entries.any(|entry| entry.number == self.number && entry.ask_again)
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
