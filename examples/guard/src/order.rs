//! The changes of each user, one after another: in the order in which upstream made them.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, MutexGuard};

/// The number of locks that users are spread over. The hash is keyed, so nobody can aim at another
/// user's lock.
const STRIPES: usize = 1024;

/// The locks. Each counts the changes that were made under it: a row that was read before a change
/// may be older than that change.
pub struct Order {
    stripes: Vec<Stripe>,
    hasher: RandomState,
}

#[derive(Default)]
struct Stripe {
    lock: Mutex<()>,
    changes: AtomicU64,
}

/// Its holder is the only one in this guard that changes this user's tokens.
pub struct Turn<'a> {
    stripe: &'a Stripe,
    index: usize,
    _guard: MutexGuard<'a, ()>,
}

/// The counts of changes at one moment.
pub struct Changes(Vec<u64>);

impl Default for Order {
    fn default() -> Self {
        Order {
            stripes: (0..STRIPES).map(|_| Stripe::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Order {
    /// Waits for this user's turn, in order of arrival.
    pub async fn turn(&self, uid: &str) -> Turn<'_> {
        let index = self.hasher.hash_one(uid) as usize % STRIPES;
        let stripe = &self.stripes[index];
        Turn {
            stripe,
            index,
            _guard: stripe.lock.lock().await,
        }
    }

    /// The changes of all users so far.
    pub fn changes(&self) -> Changes {
        let changes = self.stripes.iter().map(|stripe| &stripe.changes);
        Changes(changes.map(|count| count.load(Ordering::SeqCst)).collect())
    }
}

impl Turn<'_> {
    /// Notes that something was changed, or may have been.
    pub fn changed(&self) {
        self.stripe.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether nothing of this user was changed since `then`.
    pub fn is_unchanged_since(&self, then: &Changes) -> bool {
        then.0[self.index] == self.stripe.changes.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_asked_before_a_change_may_be_older_than_it() {
        let order = Order::default();
        let before = order.changes();
        let turn = order.turn("alice").await;
        assert!(turn.is_unchanged_since(&before));
        turn.changed();
        assert!(!turn.is_unchanged_since(&before));
        drop(turn);
        let after = order.changes();
        assert!(order.turn("alice").await.is_unchanged_since(&after));
    }
}
