//! Users by their number, and a sample of them in an order that no cache can predict.

use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};

use crate::typical::TOKEN;

/// The number of users that are looked up; their uids stay in the cache, their records do not.
const SAMPLE: usize = 1 << 16;

pub struct Crowd {
    pub store: MemoryStore,
    pub uids: Vec<String>,
}

impl Crowd {
    pub fn of(users: usize) -> Self {
        let store = MemoryStore::new();
        for user in 0..users {
            let record = TokenRecord::issue(Token::new(TOKEN), DeviceLevel::Master);
            store.insert(&uid(user), DeviceFlag::Web, record);
        }
        let uids = random_uids(users).collect();
        Crowd { store, uids }
    }
}

/// Of existing users.
pub fn random_uids(users: usize) -> impl Iterator<Item = String> {
    let mut state = 0_usize;
    let random = move || {
        // Knuth's generator; the upper half is the random one.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 32
    };
    std::iter::repeat_with(random)
        .map(move |random| uid(random % users))
        .take(SAMPLE)
}

fn uid(user: usize) -> String {
    format!("{user:032x}")
}
