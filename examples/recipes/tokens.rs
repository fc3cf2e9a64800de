//! What the business server does with tokens: issue, rotate, revoke.

use std::time::Duration;

use wukongim_auth::{
    DeviceFlag, DeviceLevel, MemoryStore, RandomFailed, SystemRandom, Timestamp, Token, TokenRecord,
};

// recipe: rotation
/// A new token for the user's device. The old one goes on working for a minute, so that nobody is
/// turned away while the new one is on its way.
pub fn rotate(
    store: &MemoryStore,
    uid: &str,
    flag: DeviceFlag,
    now: Timestamp,
) -> Result<Token, RandomFailed> {
    let token = Token::generate(&SystemRandom::new())?;
    let overlap_ends = now.saturating_add(Duration::from_secs(60));
    store.update(uid, flag, |record| match record {
        Some(record) if record.revoked_at().is_none() => {
            record.rotate(token.clone(), overlap_ends).ok()
        }
        // Nothing there, or a tombstone, which is not brought back by rotating: a new start.
        _ => Some(TokenRecord::issue(token.clone(), DeviceLevel::Slave)),
    });
    Ok(token) // `expose_secret()` is what the client is given
}
// recipe ends

// recipe: revocation
/// From the next look-up on nobody gets in with it. Close the sessions that are open, too.
pub fn revoke(store: &MemoryStore, uid: &str, flag: DeviceFlag, now: Timestamp) {
    store.update(uid, flag, |record| Some(record?.revoke(now)));
}

/// Once a day: forgets tombstones and tokens that ended a month ago.
pub fn tidy(store: &MemoryStore, now: Timestamp) -> usize {
    store.purge(now, TokenRecord::RETENTION)
}
// recipe ends
