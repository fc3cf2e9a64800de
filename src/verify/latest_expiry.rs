//! The latest expiry that a session's token was seen with.

use core::sync::atomic::{AtomicI64, Ordering};

use crate::time::Timestamp;

/// The latest expiry that a token is known to have had. Once another token has replaced it, no
/// record contains it any more.
///
/// It only moves to later times, so it does not matter in which order threads extend it.
#[derive(Debug)]
pub(super) struct LatestExpiry(AtomicI64);

/// Stands for a token that does not expire: nothing is later. An expiry at this very moment, in 292
/// million years, is none.
const NEVER: i64 = i64::MAX;

impl LatestExpiry {
    /// The expiry that the session was accepted with.
    #[inline(always)]
    pub(super) fn new(first: Option<Timestamp>) -> Self {
        LatestExpiry(AtomicI64::new(millis(first)))
    }

    /// The token was seen with this expiry.
    pub(super) fn extend(&self, expiry: Option<Timestamp>) {
        self.0.fetch_max(millis(expiry), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Option<Timestamp> {
        match self.0.load(Ordering::Relaxed) {
            NEVER => None,
            latest => Some(Timestamp::from_millis(latest)),
        }
    }
}

#[inline(always)]
fn millis(expiry: Option<Timestamp>) -> i64 {
    expiry.map_or(NEVER, Timestamp::as_millis)
}
