//! What is registered for one (uid, device flag), and how it changes.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::time::Duration;

use crate::device::DeviceLevel;
use crate::time::Timestamp;
use crate::token::Secret;

/// What a store keeps for one (uid, device flag): the secret, how the device's sessions rank, when
/// the token ends, the one token before it, and whether it was revoked.
///
/// All changes are pure: they take a record and give the next one, for the store to keep
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
/// // The first token goes on working for a minute while clients learn the second.
/// let overlap_ends = now.saturating_add(Duration::from_secs(60));
/// let record = record.rotate(Token::new("second"), overlap_ends).unwrap();
///
/// let tombstone = record.revoke(now);
/// assert_eq!(tombstone.revoked_at(), Some(now));
/// ```
///
/// It cannot be written down by accident: [`expose_for_storage`](Self::expose_for_storage) is the
/// way, and has a name that can be searched for.
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

/// The token before the current one, and the end of the overlap in which both are accepted.
#[derive(Clone, Debug)]
pub(crate) struct Superseded {
    pub(crate) secret: Secret,
    pub(crate) until: Timestamp,
}

impl TokenRecord {
    /// Issues a token. Issuing is trusted: the record replaces whatever was registered, a
    /// tombstone too. It never expires until [`with_expiry`](Self::with_expiry) says when.
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

    /// This record in place of `previous`: carries over how often the pair's token was
    /// [revoked](Self::revocations), so that a session from before a revocation is recognised even
    /// after a new token was issued. Whatever writes an issued record over another must do this in the
    /// same atomic step; [`MemoryStore`](crate::MemoryStore) does it by itself.
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

    /// In place of a record that was revoked so often, and holds a token or is a tombstone.
    pub(crate) fn in_place_of(mut self, revocations: u32, is_token: bool) -> Self {
        // A tombstone in place of a token revokes it, whatever record the tombstone was made from.
        let is_revoked_by_this = is_token && self.revoked_at.is_some();
        let least = revocations.saturating_add(u32::from(is_revoked_by_this));
        self.revocations = self.revocations.max(least);
        self
    }

    /// Ends the current token, and with it a superseded one, at `at`.
    #[must_use]
    pub fn with_expiry(mut self, at: impl Into<Option<Timestamp>>) -> Self {
        self.expires_at = at.into();
        self
    }

    /// Replaces the token. The one before goes on being accepted until `overlap_ends`, yet never
    /// beyond the expiry it had; an even older one is dropped. Device level and expiry stay: call
    /// [`with_expiry`](Self::with_expiry) to give the new token its own, above all where the old one
    /// has ended already.
    ///
    /// # Errors
    /// [`RotateError`] for a tombstone, with the record in it: what was revoked comes back only by
    /// being issued.
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

    /// Revokes the token: leaves a tombstone, which knows the token so that a client that presents it
    /// is recognised, and drops a superseded one. Revoking a tombstone changes nothing: the time of
    /// the first revocation stays.
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

    /// The current secret; after [`revoke`](Self::revoke), the one that was revoked.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// How sessions under this record rank.
    #[must_use]
    pub const fn device_level(&self) -> DeviceLevel {
        self.device_level
    }

    /// When the current token ends; `None`: never.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When the token was revoked; `Some` makes this record a tombstone.
    #[must_use]
    pub const fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at
    }

    /// How often a token of this (uid, device flag) was revoked. It only ever grows: rotating keeps
    /// it, issuing carries it over ([`replacing`](Self::replacing)).
    #[must_use]
    pub const fn revocations(&self) -> u32 {
        self.revocations
    }

    /// Until when a superseded token is accepted, if there is one.
    #[must_use]
    pub fn superseded_until(&self) -> Option<Timestamp> {
        let until = self.superseded.as_deref()?.until;
        Some(self.expires_at.map_or(until, |end| end.min(until)))
    }

    /// How long a tombstone, or a token that ended, is worth keeping: 30 days. As long as it is
    /// there, a client that presents it is told from a stranger.
    pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// Whether nothing needs this record any more: it was revoked more than `retention` ago, or, if
    /// it never was, its token ended that long ago. A tombstone is kept for its whole retention,
    /// even of a token that had ended long before it was revoked.
    #[must_use]
    pub fn is_purgeable(&self, now: Timestamp, retention: Duration) -> bool {
        let ended = self.revoked_at.or(self.expires_at);
        ended.is_some_and(|ended| ended.saturating_add(retention) < now)
    }

    /// The same record with digests in place of tokens, for a store that must not hold a usable
    /// one. Tell the verifier ([`with_stored_form`](crate::Verifier::with_stored_form)), or the time
    /// of a refusal tells who has a token.
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

    /// Whether the current token is accepted at `now`.
    #[inline(always)]
    pub(crate) fn is_live(&self, now: Timestamp, leeway: Duration) -> bool {
        self.revoked_at.is_none() && !self.has_expired(now, leeway) && !self.secret.is_empty()
    }

    #[inline(always)]
    pub(crate) fn has_expired(&self, now: Timestamp, leeway: Duration) -> bool {
        self.expires_at
            .is_some_and(|end| end.saturating_add(leeway) < now)
    }

    /// The superseded token while it is still accepted: to the end of the overlap or of the
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

/// A tombstone that was to be rotated. It gives the record back unchanged.
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
#[error("the token was revoked at {revoked_at}, issue a new one instead of rotating it")]
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

    /// The tombstone, as it was.
    #[must_use]
    pub fn into_record(self) -> TokenRecord {
        *self.record
    }
}
