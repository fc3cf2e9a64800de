//! The check whether a session is still backed by its token's record.

use core::time::Duration;

use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::{FixedLenSecret, Secret, is_same_token};
use crate::verify::latest_expiry::LatestExpiry;

/// The state of a session that was accepted earlier, according to today's record. Returned by
/// [`Verified::standing`](crate::Verified::standing).
///
/// ```
/// use wukongim_auth::session::Standing;
///
/// /// Whether to close the session.
/// fn has_ended(standing: Standing) -> bool {
///     matches!(standing, Standing::Expired | Standing::Revoked)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// The session may continue.
    Holds,
    /// Another token was registered without a revocation. WuKongIM lets such sessions continue
    /// until a master displaces them; what your server does is your choice.
    Replaced,
    /// The token has expired: the record does not contain the same token with a later expiry, nor
    /// did an earlier one that [`standing`](crate::Verified::standing) was called with.
    Expired,
    /// The token was revoked after the session was accepted, whatever was issued since.
    Revoked,
    /// There is no record, or a record with another token and fewer revocations than when the
    /// session was accepted. A store that lost its data revokes nobody: keep the session, or close
    /// it without a reason code so that its client reconnects and is verified again. SDKs do not
    /// retry after a kick.
    Unknown,
}

/// The facts that a session was accepted with.
#[derive(Debug)]
pub(super) struct Held {
    secret: FixedLenSecret,
    /// The record's number of revocations at that time.
    revocations: u32,
    leeway: Duration,
    expires_at: LatestExpiry,
}

impl Held {
    /// `expires_at` is the expiry that the session was accepted with.
    #[inline(always)]
    pub(super) fn new(
        record: &TokenRecord,
        secret: &Secret,
        leeway: Duration,
        expires_at: Option<Timestamp>,
    ) -> Self {
        Held {
            secret: secret.to_fixed_len(),
            revocations: record.revocations(),
            leeway,
            expires_at: LatestExpiry::new(expires_at),
        }
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at.get()
    }

    pub(super) fn standing(&self, record: Option<&TokenRecord>, now: Timestamp) -> Standing {
        let Some(record) = record else {
            return Standing::Unknown;
        };
        // The count is compared as well, because the tombstone may have been replaced before anyone
        // looked. Times would not do, because the clocks of two servers differ.
        if record.revoked_at().is_some() || record.revocations() > self.revocations {
            return Standing::Revoked;
        }
        if is_same_token(&self.secret, record.secret()) {
            let renewed = record
                .expires_at()
                .map(|end| end.saturating_add(self.leeway));
            self.expires_at.extend(renewed);
            return match record.has_expired(now, self.leeway) {
                true => Standing::Expired,
                false => Standing::Holds,
            };
        }
        let overlapping = record.overlapping(now);
        if overlapping.is_some_and(|secret| is_same_token(&self.secret, secret)) {
            self.expires_at.extend(record.superseded_until());
            return Standing::Holds;
        }
        match self.expires_at() {
            // The count never shrinks unless the store lost data.
            _ if record.revocations() < self.revocations => Standing::Unknown,
            Some(end) if end < now => Standing::Expired,
            _ => Standing::Replaced,
        }
    }
}
