//! A connection's place among the sessions.

use std::sync::Arc;

use tokio::sync::oneshot;
use wukongim_auth::Session;
use wukongim_auth::device::{Displacement, displacement};

use super::entry::{Farewell, dismiss};
use super::{Pair, Sessions};

/// A session's entry; it ends with the connection that holds it.
pub struct Place {
    sessions: Arc<Sessions>,
    uid: String,
    number: u64,
    order: oneshot::Receiver<Farewell>,
}

impl Place {
    pub(super) fn new(
        sessions: Arc<Sessions>,
        uid: String,
        number: u64,
        order: oneshot::Receiver<Farewell>,
    ) -> Self {
        Place {
            sessions,
            uid,
            number,
            order,
        }
    }

    /// Makes it a session, which was accepted: it ends when its token does, and dismisses those that
    /// it displaces. Returns the pair if its record changed since the session was registered: what
    /// accepted it may be outdated, so that the record is to be looked up again.
    #[must_use]
    pub fn settle(&self, session: &Arc<Session>) -> Option<Pair> {
        let verified = session.verified();
        let mut registry = self.sessions.lock();
        let settled = registry.tick();
        let entries = registry.users.get_mut(&self.uid)?;
        // It may have been kicked already.
        let own = entries.iter_mut().find(|e| e.number == self.number)?;
        own.settle(session, settled);
        let (has_changed, device_id) = (own.has_changed, own.device_id.clone());
        let new = (verified.device_flag(), device_id.as_str());
        dismiss(entries, |entry| {
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
        has_changed.then(|| registry.pair(&self.uid, verified.device_flag()))
    }

    /// Waits for the order to close. Can be dropped and called again until it came.
    pub async fn farewell(&mut self) -> Farewell {
        (&mut self.order).await.unwrap_or(Farewell::Close)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.lock().remove(&self.uid, self.number);
    }
}
