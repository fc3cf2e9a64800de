//! What is registered for one (uid, device flag), and how it changes.

use alloc::sync::Arc;
use core::time::Duration;

use crate::device::DeviceLevel;
use crate::store::trace;
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
    #[must_use]
    pub fn issue(secret: impl Into<Secret>, device_level: DeviceLevel) -> Self {
        let secret = secret.into();
        trace::changed("token issued", &secret, None);
        TokenRecord {
            secret,
            device_level,
            expires_at: None,
            superseded: None,
            revoked_at: None,
        }
    }

    /// A record as a store that keeps tokens in columns of its own has read it, without the event
    /// that [`issue`](Self::issue) reports (feature `tracing`). A store that can keep JSON or the
    /// like has less to think of with [`StoredRecord`](crate::StoredRecord), which keeps a superseded
    /// token and a tombstone's time too.
    #[must_use]
    pub fn restore(secret: impl Into<Secret>, device_level: DeviceLevel) -> Self {
        Self::from_parts(secret.into(), device_level, None, None, None)
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
    /// [`RotateError::Revoked`] for a tombstone: what was revoked comes back only by being issued.
    pub fn rotate(
        self,
        secret: impl Into<Secret>,
        overlap_ends: Timestamp,
    ) -> Result<Self, RotateError> {
        if let Some(at) = self.revoked_at {
            return Err(RotateError::Revoked { at });
        }
        let until = self
            .expires_at
            .map_or(overlap_ends, |end| end.min(overlap_ends));
        let superseded = Some(Arc::new(Superseded {
            secret: self.secret,
            until,
        }));
        let secret = secret.into();
        trace::changed("token rotated", &secret, Some(until));
        Ok(TokenRecord {
            secret,
            superseded,
            ..self
        })
    }

    /// Revokes the token: leaves a tombstone, which knows the token so that its bearer can be told
    /// apart from a stranger, and drops a superseded one. The first revocation's time stays.
    #[must_use]
    pub fn revoke(self, now: Timestamp) -> Self {
        let revoked_at = self.revoked_at.or(Some(now));
        trace::changed("token revoked", &self.secret, revoked_at);
        TokenRecord {
            superseded: None,
            revoked_at,
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

    /// Until when a superseded token is accepted, where there is one.
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
    pub(crate) fn is_live(&self, now: Timestamp, leeway: Duration) -> bool {
        let ended = self
            .expires_at
            .is_some_and(|end| end.saturating_add(leeway) < now);
        self.revoked_at.is_none() && !ended && !self.secret.is_empty()
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

    pub(crate) fn from_parts(
        secret: Secret,
        device_level: DeviceLevel,
        expires_at: Option<Timestamp>,
        superseded: Option<Superseded>,
        revoked_at: Option<Timestamp>,
    ) -> Self {
        // A tombstone accepts nothing, whoever wrote it.
        let superseded = superseded.filter(|_| revoked_at.is_none()).map(Arc::new);
        TokenRecord {
            secret,
            device_level,
            expires_at,
            superseded,
            revoked_at,
        }
    }
}

/// A record that cannot be rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// The record is a tombstone.
    #[error("the token was revoked at {at}, issue a new one instead of rotating it")]
    Revoked {
        /// When it was revoked.
        at: Timestamp,
    },
}
