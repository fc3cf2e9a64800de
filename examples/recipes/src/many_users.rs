//! The embedded store for many users: its room made once, and a faster hasher.

use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};

// recipe: many-users
/// ahash takes a quarter of SipHash's time, and is seeded at random, too.
pub type Tokens = MemoryStore<ahash::RandomState>;

/// Fills the store before the first client connects: `collect` makes room for all that the iterator
/// announces, so that no table moves while the store is being filled.
pub fn filled(rows: impl ExactSizeIterator<Item = (String, u8, String)>) -> Tokens {
    let record = |token| TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    rows.map(|(uid, flag, token)| (uid, DeviceFlag::from(flag), record(token)))
        .collect()
}

/// For those who register later, at a known rush for example: room is made while clients connect,
/// one shard at a time.
pub fn expect_more(tokens: &Tokens, users: usize) {
    tokens.reserve(users);
}
// recipe ends
