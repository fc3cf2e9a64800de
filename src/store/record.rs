//! The record of one (uid, device flag), and how it changes.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::time::Duration;

use crate::device::DeviceLevel;
use crate::time::Timestamp;
use crate::token::Secret;

/// The record that a store keeps for one (uid, device flag): the secret, the level of the device's
/// sessions, the expiry, the previous token during an overlap, and whether the token was revoked.
///
/// All changes are pure: they take a record and return the next one, which the store must write
/// atomically ([`MemoryStore::update`](crate::MemoryStore::update), a script, a transaction).
///
/// ```
/// use core::time::Duration;
/// use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};
///
/// let now = Timestamp::from_millis(1_700_000_000_000);
/// let record = TokenRecord::issue(Token::new("first"), DeviceLevel::Master)
///     .with_expiry(now.saturating_add(Duration::from_secs(3600)));
///
/// // The first token keeps working for a minute while clients learn the second.
/// let overlap_ends = now.saturating_add(Duration::from_secs(60));
/// let record = record.rotate(Token::new("second"), overlap_ends).unwrap();
///
/// let tombstone = record.revoke(now);
/// assert_eq!(tombstone.revoked_at(), Some(now));
/// ```
///
/// A record cannot be written to storage by accident: the only way is
/// [`expose_for_storage`](Self::expose_for_storage), a name that is easy to search for.
///
/// ```compile_fail,E0277
/// # use wukongim_auth::{DeviceLevel, Token, TokenRecord};
/// serde_json::to_string(&TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave));
/// ```
#[derive(Clone, Debug)]
pub struct TokenRecord {
    pub(crate) secret: Secret,
    pub(crate) device_level: DeviceLevel,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) superseded: Option<Arc<Superseded>>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) revocations: u32,
}

/// The previous token, and the end of the overlap in which both are accepted.
#[derive(Clone, Debug)]
pub(crate) struct Superseded {
    pub(crate) secret: Secret,
    pub(crate) until: Timestamp,
}

impl TokenRecord {
    /// Issues a token. The record overwrites whatever was registered, unconditionally, including a
    /// tombstone. The token never expires unless [`with_expiry`](Self::with_expiry) sets an end.
    ///
    /// ```
    /// use core::time::Duration;
    /// use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};
    ///
    /// let in_30_days = Timestamp::now().saturating_add(Duration::from_secs(30 * 86_400));
    /// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave)
    ///     .with_expiry(in_30_days)
    ///     .into_digest_only();
    /// # assert_eq!(record.expires_at(), Some(in_30_days));
    /// ```
    #[must_use]
    pub fn issue(secret: impl Into<Secret>, device_level: DeviceLevel) -> Self {
        TokenRecord {
            secret: secret.into(),
            device_level,
            expires_at: None,
            superseded: None,
            revoked_at: None,
            revocations: 0,
        }
    }

    /// Prepares this record to replace `previous`: carries over how often the pair's token was
    /// [revoked](Self::revocations), so that a session from before a revocation is recognised even
    /// after a new token was issued. Any code that writes an issued record over another must do
    /// this in the same atomic step. [`MemoryStore`](crate::MemoryStore) does it on its own.
    ///
    /// ```
    /// use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};
    ///
    /// let tombstone = TokenRecord::issue(Token::new("first"), DeviceLevel::Slave)
    ///     .revoke(Timestamp::from_millis(1_700_000_000_000));
    /// let issued = TokenRecord::issue(Token::new("second"), DeviceLevel::Slave);
    /// let record = issued.replacing(Some(&tombstone));
    /// assert_eq!((record.revoked_at(), record.revocations()), (None, 1));
    /// ```
    #[must_use]
    pub fn replacing(self, previous: Option<&TokenRecord>) -> Self {
        match previous {
            Some(previous) => {
                self.in_place_of(previous.revocations(), previous.revoked_at().is_none())
            }
            None => self,
        }
    }

    /// Prepares this record to replace one with that many revocations, which is a token or a
    /// tombstone.
    pub(crate) fn in_place_of(mut self, revocations: u32, is_token: bool) -> Self {
        // A tombstone that replaces a token revokes it, whichever record the tombstone was made
        // from.
        let is_revoked_by_this = is_token && self.revoked_at.is_some();
        let least = revocations.saturating_add(u32::from(is_revoked_by_this));
        self.revocations = self.revocations.max(least);
        self
    }

    /// Sets when the current token ends, and a superseded one with it.
    #[must_use]
    pub fn with_expiry(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.expires_at = at.into();
        self
    }

    /// Replaces the token. The previous token is still accepted until `overlap_ends`, but never
    /// beyond its own expiry; a token before that is dropped. Device level and expiry stay. Call
    /// [`with_expiry`](Self::with_expiry) to give the new token its own expiry, especially if the
    /// old one has expired already.
    ///
    /// # Errors
    /// [`RotateError`] for a tombstone; it returns the record. A revoked token can only be replaced
    /// by issuing a new one.
    pub fn rotate(
        self,
        secret: impl Into<Secret>,
        overlap_ends: Timestamp,
    ) -> Result<Self, RotateError> {
        if let Some(revoked_at) = self.revoked_at {
            let record = Box::new(self);
            return Err(RotateError { revoked_at, record });
        }
        let until = self
            .expires_at
            .map_or(overlap_ends, |end| end.min(overlap_ends));
        let superseded = Some(Arc::new(Superseded {
            secret: self.secret,
            until,
        }));
        Ok(TokenRecord {
            secret: secret.into(),
            superseded,
            ..self
        })
    }

    /// Revokes the token. Leaves a tombstone, which keeps the token so that a client that presents
    /// it is recognised, and drops a superseded token. Revoking a tombstone changes nothing: the
    /// time of the first revocation stays.
    #[must_use]
    pub fn revoke(self, now: Timestamp) -> Self {
        if self.revoked_at.is_some() {
            return self;
        }
        TokenRecord {
            superseded: None,
            revoked_at: Some(now),
            revocations: self.revocations.saturating_add(1),
            ..self
        }
    }

    /// The current secret, or the revoked one after [`revoke`](Self::revoke).
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The level of sessions under this record.
    #[must_use]
    pub const fn device_level(&self) -> DeviceLevel {
        self.device_level
    }

    /// When the current token ends, or `None` if it never does.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When the token was revoked. A record with a revocation time is a tombstone.
    #[must_use]
    pub const fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at
    }

    /// How often a token of this (uid, device flag) was revoked. The count never shrinks: rotating
    /// keeps it, and issuing carries it over ([`replacing`](Self::replacing)).
    #[must_use]
    pub const fn revocations(&self) -> u32 {
        self.revocations
    }

    /// Until when the superseded token is accepted, if there is one.
    #[must_use]
    pub fn superseded_until(&self) -> Option<Timestamp> {
        let until = self.superseded.as_deref()?.until;
        Some(self.expires_at.map_or(until, |end| end.min(until)))
    }

    /// How long a tombstone or an expired token is worth keeping: 30 days. During that time, the
    /// cause of a rejection is [`Revoked`](crate::Cause::Revoked) or
    /// [`Expired`](crate::Cause::Expired) instead of [`NotIssued`](crate::Cause::NotIssued).
    pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// Returns whether this record is no longer needed: it was revoked more than `retention` ago
    /// or, if it was never revoked, its token expired that long ago. A tombstone is kept for its
    /// whole retention, even if its token had expired long before it was revoked.
    ///
    /// ```
    /// use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};
    ///
    /// let now = Timestamp::now();
    /// let issued = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// let tombstone = issued.clone().revoke(now);
    /// let later = now.saturating_add(TokenRecord::RETENTION * 2);
    /// let purgeable = |record: &TokenRecord| record.is_purgeable(later, TokenRecord::RETENTION);
    /// assert!(purgeable(&tombstone) && !purgeable(&issued));
    /// ```
    #[must_use]
    pub fn is_purgeable(&self, now: Timestamp, retention: Duration) -> bool {
        let ended = self.revoked_at.or(self.expires_at);
        ended.is_some_and(|ended| ended.saturating_add(retention) < now)
    }

    /// Replaces tokens by their digests, for a store that must not hold a usable token. Tell the
    /// verifier ([`with_stored_form`](crate::Verifier::with_stored_form)); otherwise the time of a
    /// rejection reveals who has a token.
    #[must_use]
    pub fn into_digest_only(self) -> Self {
        let superseded = self.superseded.map(|old| {
            Arc::new(Superseded {
                secret: old.secret.clone().into_digest(),
                until: old.until,
            })
        });
        TokenRecord {
            secret: self.secret.into_digest(),
            superseded,
            ..self
        }
    }

    /// Returns whether the current token is accepted at `now`.
    #[inline(always)]
    pub(crate) fn is_live(&self, now: Timestamp, leeway: Duration) -> bool {
        self.revoked_at.is_none() && !self.has_expired(now, leeway) && !self.secret.is_empty()
    }

    #[inline(always)]
    pub(crate) fn has_expired(&self, now: Timestamp, leeway: Duration) -> bool {
        self.expires_at
            .is_some_and(|end| end.saturating_add(leeway) < now)
    }

    /// The superseded token, while it is still accepted: until the end of the overlap or of the
    /// record, whichever comes first, without leeway.
    pub(crate) fn overlapping(&self, now: Timestamp) -> Option<&Secret> {
        let until = self.superseded_until()?;
        self.superseded()
            .filter(|_| now <= until)
            .map(|old| &old.secret)
    }

    pub(crate) fn superseded(&self) -> Option<&Superseded> {
        self.superseded.as_deref()
    }
}

/// An attempt to rotate a tombstone. It returns the record unchanged.
///
/// ```
/// use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};
///
/// let now = Timestamp::from_millis(1_700_000_000_000);
/// let tombstone = TokenRecord::issue(Token::new("first"), DeviceLevel::Slave).revoke(now);
/// let error = tombstone.rotate(Token::new("second"), now).unwrap_err();
/// assert_eq!(error.revoked_at(), now);
/// assert_eq!(error.into_record().revoked_at(), Some(now));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("the token was revoked at {revoked_at}; issue a new one instead of rotating it")]
pub struct RotateError {
    revoked_at: Timestamp,
    record: Box<TokenRecord>,
}

impl RotateError {
    /// When the token was revoked.
    #[must_use]
    pub const fn revoked_at(&self) -> Timestamp {
        self.revoked_at
    }

    /// The tombstone, unchanged.
    #[must_use]
    pub fn into_record(self) -> TokenRecord {
        *self.record
    }
}
