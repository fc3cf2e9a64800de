//! What the business server does with tokens: issue, rotate, revoke.

use std::time::Duration;

use wukongim_auth::provision::RandomError;
use wukongim_auth::{DeviceFlag, MemoryStore, SystemRandom, Timestamp, Token, TokenRecord};

// recipe: rotation
/// A new token for the user's device, good for 30 days. The old one goes on working for a minute, so
/// that nobody is turned away while the new one is on its way. `None` where there is nothing to be
/// rotated: a token that was revoked stays revoked until another is issued.
pub fn rotate(
    store: &MemoryStore,
    uid: &str,
    flag: DeviceFlag,
    now: Timestamp,
) -> Result<Option<Token>, RandomError> {
    let token = Token::generate(&SystemRandom::new())?;
    let [overlap_ends, end] =
        [60, 30 * 24 * 60 * 60].map(|seconds| now.saturating_add(Duration::from_secs(seconds)));
    let mut is_rotated = false;
    store.update(uid, flag, |record| {
        let record = record?;
        match record.clone().rotate(token.clone(), overlap_ends) {
            Ok(rotated) => {
                is_rotated = true;
                Some(rotated.with_expiry(end))
            }
            Err(_revoked) => Some(record), // `None` would forget that it was
        }
    });
    Ok(is_rotated.then_some(token)) // `expose_secret()` is what the client is given
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
