//! Users in an order that no cache can predict.

use crate::users::scattered;

/// The next user. If a lookup should wait for the previous one, the next user depends on its
/// result.
#[derive(Clone)]
pub struct Walk {
    state: u64,
    users: u64,
}

impl Walk {
    pub fn among(users: u64, start: u64) -> Self {
        let state = scattered(start);
        Walk { state, users }
    }

    #[inline]
    pub fn next(&mut self) -> u64 {
        self.state = scattered(self.state);
        ((u128::from(self.state) * u128::from(self.users)) >> 64) as u64
    }

    #[inline]
    pub fn wait_for(&mut self, found: u8) {
        self.state ^= u64::from(found);
    }
}
