//! A connection's place among the sessions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;
use wukongim_auth::Session;

use super::entry::Farewell;
use super::{Pair, Sessions};

/// A session's entry; it ends with the connection that holds it.
pub struct Place {
    pub(super) sessions: Arc<Sessions>,
    pub(super) uid: Arc<str>,
    pub(super) number: u64,
    order: oneshot::Receiver<Farewell>,
}

impl Place {
    pub(super) fn new(
        sessions: Arc<Sessions>,
        uid: Arc<str>,
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

    /// Turns it into an accepted session, which ends when its token does. Returns the pair if its
    /// record has changed since the session was registered: the record that accepted it may be
    /// outdated, so it must be looked up again.
    #[must_use]
    pub fn settle(&self, session: &Arc<Session>) -> Option<Pair> {
        let mut shard = self.sessions.lock(&self.uid);
        // The session may already have been kicked.
        let has_changed = shard.settle(self.number, session)?;
        let device_flag = session.verified().device_flag();
        has_changed.then(|| shard.pair(self.uid.clone(), device_flag))
    }

    /// Waits for the order to close. Can be dropped and called again until the order has arrived.
    pub async fn farewell(&mut self) -> Farewell {
        (&mut self.order).await.unwrap_or(Farewell::Close)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.lock(&self.uid).remove(self.number);
        self.sessions.places.fetch_sub(1, Ordering::Relaxed);
    }
}
