//! The latest expiry that a session's token was seen with.

use core::sync::atomic::{AtomicI64, Ordering};

use crate::time::Timestamp;

/// The latest expiry that a token is known to have had. Once another token has replaced it, no
/// record contains it any more.
///
/// It only moves to later times, so it does not matter in which order threads extend it.
#[derive(Debug)]
pub(super) struct LatestExpiry {
    /// The expiry that the session was accepted with. Nothing is later than `None`.
    first: Option<Timestamp>,
    /// The latest of those seen since, in milliseconds.
    later: AtomicI64,
}

/// Stands for a token that does not expire.
const NEVER: i64 = i64::MAX;

impl LatestExpiry {
    #[inline(always)]
    pub(super) const fn new(first: Option<Timestamp>) -> Self {
        LatestExpiry {
            first,
            later: AtomicI64::new(i64::MIN),
        }
    }

    /// The token was seen with this expiry.
    pub(super) fn extend(&self, expiry: Option<Timestamp>) {
        let millis = expiry.map_or(NEVER, Timestamp::as_millis);
        self.later.fetch_max(millis, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Option<Timestamp> {
        let first = self.first?;
        match self.later.load(Ordering::Relaxed) {
            NEVER => None,
            later => Some(first.max(Timestamp::from_millis(later))),
        }
    }
}
