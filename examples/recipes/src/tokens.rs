//! What the business server does with tokens: issue, rotate, revoke.

use std::time::Duration;

use wukongim_auth::provision::{RandomError, RotateError};
use wukongim_auth::session::Standing;
use wukongim_auth::{DeviceFlag, MemoryStore, Timestamp, Token, TokenRecord, TokenStore, Verified};

// recipe: rotation
/// A new token for the user's device, valid for 30 days. The old one is accepted for another minute,
/// so that nobody is rejected while the new one is on its way. `None` if there is no token to rotate:
/// a token that was revoked stays revoked until another is issued.
pub fn rotate(
    store: &MemoryStore,
    uid: &str,
    flag: DeviceFlag,
    now: Timestamp,
) -> Result<Option<Token>, RandomError> {
    let token = Token::generate()?;
    let [overlap_ends, end] =
        [60, 30 * 24 * 60 * 60].map(|seconds| now.saturating_add(Duration::from_secs(seconds)));
    let record = store.update(uid, flag, |record| {
        let rotated = record?.rotate(token.clone(), overlap_ends);
        let rotated = rotated.map(|record| record.with_expiry(end));
        Some(rotated.unwrap_or_else(RotateError::into_record)) // a tombstone stays as it is
    });
    let is_rotated = record.is_some_and(|record| record.revoked_at().is_none());
    Ok(is_rotated.then_some(token)) // give the client `expose_secret()`
}
// recipe ends

// recipe: revocation
/// Revokes a token: it is rejected from the next lookup on. Then ask [`may_stay`] for each open
/// session.
pub fn revoke(store: &MemoryStore, uid: &str, flag: DeviceFlag, now: Timestamp) {
    store.revoke(uid, flag, now);
}

/// Whether an open session may go on. Ask after a revocation, and every minute if other servers
/// write to the same store.
pub fn may_stay<S: TokenStore>(
    store: &S,
    verified: &Verified,
    now: Timestamp,
) -> Result<bool, S::Error> {
    let record = store.get(verified.uid(), verified.device_flag())?;
    Ok(match verified.standing(record.as_ref(), now) {
        Standing::Revoked | Standing::Expired => false,
        // It holds. Or another token was issued without a revocation: WuKongIM keeps such sessions.
        // Or there is no record: a store that lost its data revokes nobody.
        _ => true,
    })
}

/// Once a day: forgets tombstones and tokens that ended a month ago.
pub fn tidy(store: &MemoryStore, now: Timestamp) -> usize {
    store.purge(now, TokenRecord::RETENTION)
}
// recipe ends
