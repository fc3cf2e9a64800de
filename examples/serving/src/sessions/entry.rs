//! One session, and what today's record means for it.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;
use wukongim_auth::session::Standing;
use wukongim_auth::{Credentials, DeviceFlag, Session, Timestamp, TokenRecord};

/// How a session ends, if neither side closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// With reason 12, as DISCONNECT or as a notification: the SDK does not reconnect by itself.
    Kick(&'static str),
    /// Without a message: the SDK reconnects, or already has.
    Close,
}

pub struct Entry {
    pub uid: Arc<str>,
    pub device_flag: DeviceFlag,
    pub device_id: Arc<str>,
    /// Whether its record has changed since it was registered.
    pub has_changed: bool,
    /// How many sessions of its device have displaced one another, each soon after it had
    /// connected; this one is the last of them.
    pub displaced_in_a_row: u32,
    pub registered_at: Instant,
    settled: Option<Settled>,
    farewell: oneshot::Sender<Farewell>,
}

/// A session that was accepted.
struct Settled {
    session: Arc<Session>,
    /// Comes from the same counter as the entries' numbers.
    number: u64,
    /// When its record must be looked up, because its token is known to end by then.
    expires_at: Option<Timestamp>,
}

impl Entry {
    pub fn new(claim: &Credentials<'_>, farewell: oneshot::Sender<Farewell>) -> Self {
        Entry {
            uid: claim.uid.into(),
            device_flag: claim.device_flag,
            device_id: claim.device_id.into(),
            has_changed: false,
            displaced_in_a_row: 0,
            registered_at: Instant::now(),
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

    /// When its record must be looked up.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.settled.as_ref()?.expires_at
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|end| end < now)
    }

    /// How the session ends, if today's record requires that.
    pub fn hold(&mut self, record: Option<&TokenRecord>, now: Timestamp) -> Option<Farewell> {
        let has_expired = self.has_expired(now);
        let own = self.settled.as_mut()?;
        let verified = own.session.verified();
        match verified.standing(record, now) {
            Standing::Revoked => return Some(Farewell::Kick("the token was revoked")),
            Standing::Expired => return Some(Farewell::Kick("the token has expired")),
            // The token may have been renewed.
            Standing::Holds => own.expires_at = record.and_then(|record| next_end(record, now)),
            // As in upstream: it lives on until a master displaces it, or its own token ends.
            Standing::Replaced => own.expires_at = verified.expires_at(),
            // A store that lost its data does not revoke anything. After the known end, the client
            // is verified again.
            _ => return has_expired.then_some(Farewell::Close),
        }
        None
    }

    /// Tells the connection. A connection that is already gone needs no farewell.
    pub fn say(self, farewell: Farewell) {
        let _ = self.farewell.send(farewell);
    }
}

/// When the record's superseded token ends, or its current one: regardless of which of them a
/// session holds, its record is looked up by then.
fn next_end(record: &TokenRecord, now: Timestamp) -> Option<Timestamp> {
    let mut ends = [record.superseded_until(), record.expires_at()].into_iter();
    ends.find_map(|end| end.filter(|end| *end >= now))
}
