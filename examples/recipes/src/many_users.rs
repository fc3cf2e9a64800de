//! The embedded store for many users: its room made once, and a faster hasher.

// recipe: many-users
use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};

/// ahash takes a quarter of SipHash's time, and also has a random seed.
pub type Tokens = MemoryStore<ahash::RandomState>;

/// Fills the store before the first client connects: `collect` allocates for everything the iterator
/// announces, so that no table moves while the store is being filled.
pub fn filled(rows: impl ExactSizeIterator<Item = (String, u8, String)>) -> Tokens {
    let record = |token| TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    rows.map(|(uid, flag, token)| (uid, DeviceFlag::from(flag), record(token)))
        .collect()
}

/// For users who register later, for example at a known rush: allocates while clients connect,
/// one shard at a time.
pub fn expect_more(tokens: &Tokens, users: usize) {
    tokens.reserve(users);
}
// recipe ends
