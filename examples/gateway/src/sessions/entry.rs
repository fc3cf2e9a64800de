//! One session, and what today's record means for it.

use std::sync::Arc;

use tokio::sync::oneshot;
use wukongim_auth::session::Standing;
use wukongim_auth::{Credentials, DeviceFlag, Session, Timestamp, TokenRecord};

/// How a session ends when it does not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// With reason 12, as DISCONNECT or as a notification: the SDK does not come back by itself.
    Kick(&'static str),
    /// Without a word: the SDK connects again, or has done so already.
    Close,
}

pub struct Entry {
    pub number: u64,
    pub device_flag: DeviceFlag,
    pub device_id: String,
    /// Whether its record changed since it was registered.
    pub has_changed: bool,
    settled: Option<Settled>,
    farewell: oneshot::Sender<Farewell>,
}

/// A session that was accepted.
struct Settled {
    session: Arc<Session>,
    /// Of the same count as the entries' numbers.
    number: u64,
    /// When its record is to be looked up, since its token ends by then as far as it is known.
    expires_at: Option<Timestamp>,
}

impl Entry {
    pub fn new(number: u64, claim: &Credentials<'_>, farewell: oneshot::Sender<Farewell>) -> Self {
        Entry {
            number,
            device_flag: claim.device_flag,
            device_id: claim.device_id.to_owned(),
            has_changed: false,
            settled: None,
            farewell,
        }
    }

    pub fn settle(&mut self, session: &Arc<Session>, number: u64) {
        self.settled = Some(Settled {
            session: session.clone(),
            number,
            expires_at: session.verified().expires_at(),
        });
    }

    pub fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    pub fn was_settled_by(&self, number: u64) -> bool {
        self.settled
            .as_ref()
            .is_some_and(|own| own.number <= number)
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        let expires_at = self.settled.as_ref().and_then(|own| own.expires_at);
        expires_at.is_some_and(|end| end < now)
    }

    /// How the session ends, if today's record says so.
    pub fn hold(&mut self, record: Option<&TokenRecord>, now: Timestamp) -> Option<Farewell> {
        let has_expired = self.has_expired(now);
        let own = self.settled.as_mut()?;
        let verified = own.session.verified();
        match verified.standing(record, now) {
            Standing::Revoked => return Some(Farewell::Kick("the token was revoked")),
            Standing::Expired => return Some(Farewell::Kick("the token has expired")),
            // The token may have been renewed.
            Standing::Holds => own.expires_at = record.and_then(|record| next_end(record, now)),
            // As upstream: it lives on until a master displaces it, or its own token ends.
            Standing::Replaced => own.expires_at = verified.expires_at(),
            // A store that lost its data revokes nobody. Past the end that is known, the client is
            // verified again.
            _ => return has_expired.then_some(Farewell::Close),
        }
        None
    }
}

/// When the record's superseded token ends, or its current one: whichever of them a session holds, it
/// is looked up by then.
fn next_end(record: &TokenRecord, now: Timestamp) -> Option<Timestamp> {
    let mut ends = [record.superseded_until(), record.expires_at()].into_iter();
    ends.find_map(|end| end.filter(|end| *end >= now))
}

/// Takes out the entries for which `farewell` finds one, and says it.
pub fn dismiss(entries: &mut Vec<Entry>, farewell: impl Fn(&mut Entry) -> Option<Farewell>) {
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
