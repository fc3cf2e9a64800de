//! Records as the tests register them.

use wukongim_auth::compare::Secret;
use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};

/// A slave's record, which does not end.
pub fn issued(token: impl Into<String>) -> TokenRecord {
    issued_with(Token::new(token.into()))
}

/// The same of a secret in any form.
pub fn issued_with(secret: impl Into<Secret>) -> TokenRecord {
    TokenRecord::issue(secret, DeviceLevel::Slave)
}

/// A master's record, which does not end.
pub fn issued_to_master(token: impl Into<String>) -> TokenRecord {
    TokenRecord::issue(Token::new(token.into()), DeviceLevel::Master)
}

/// The embedded store with alice's records.
pub fn alice_has(records: impl IntoIterator<Item = (DeviceFlag, TokenRecord)>) -> MemoryStore {
    let store = MemoryStore::new();
    for (flag, record) in records {
        store.insert("alice", flag, record);
    }
    store
}
