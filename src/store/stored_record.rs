//! The form in which a record is written to storage.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

use crate::device::DeviceLevel;
use crate::store::members::{self, Member, Object, Whole};
use crate::store::record::{Superseded, TokenRecord};
use crate::time::Timestamp;
use crate::token::{Secret, Token, TokenDigest, from_hex, to_hex};

/// The version that this crate writes.
const VERSION: u32 = 1;

/// A [`TokenRecord`] in the form that a store writes, **with the secret in it**. It is serde data
/// for formats that name their fields, such as JSON or MessagePack with names; absent fields are
/// left out.
///
/// `{"v":1,"sha256":"…64 hex…","device_level":1,"expires_at":1700000000000}`. `token` replaces
/// `sha256` if the token itself is stored; `superseded`, `revoked_at` and `revocations` are added
/// if they apply. Times are milliseconds since the Unix epoch.
///
/// Reading rejects unknown versions and fields. A mistyped `revoked_at` must not bring a token
/// back, and a store that finds a record from a newer version must fail
/// ([`Cause::Store`](crate::Cause::Store)) instead of answering "no token".
///
/// ```
/// use wukongim_auth::provision::StoredRecord;
/// use wukongim_auth::{DeviceLevel, Token, TokenRecord};
///
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// let json = serde_json::to_string(&record.expose_for_storage())?;
/// assert_eq!(json, r#"{"v":1,"token":"s3cret","device_level":0}"#);
///
/// let stored: StoredRecord = serde_json::from_str(&json)?;
/// let back = TokenRecord::try_from(stored)?;
/// # let _ = back;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Serialize)]
pub struct StoredRecord {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    device_level: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded: Option<StoredSuperseded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_zero")]
    revocations: u32,
}

#[derive(Clone, Serialize)]
struct StoredSuperseded {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    until: Timestamp,
}

impl<'de> Deserialize<'de> for StoredRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::read(deserializer)
    }
}

impl Object for StoredRecord {
    const EMPTY: StoredRecord = StoredRecord {
        v: 0,
        token: None,
        sha256: None,
        device_level: 0,
        expires_at: None,
        superseded: None,
        revoked_at: None,
        revocations: 0,
    };
    const NAME: &'static str = "stored record";
    const MEMBERS: &'static [&'static str] = &[
        "v",
        "token",
        "sha256",
        "device_level",
        "expires_at",
        "superseded",
        "revoked_at",
        "revocations",
    ];
    const REQUIRED: &'static [&'static str] = &["v"];
    const IS_CLOSED: bool = true;

    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error> {
        match member.name() {
            "v" => self.v = member.required()?,
            "token" => self.token = member.value()?,
            "sha256" => self.sha256 = member.value()?,
            "device_level" => self.device_level = member.required()?,
            "expires_at" => self.expires_at = member.value()?,
            "superseded" => self.superseded = member.value()?.map(|Whole(old)| old),
            "revoked_at" => self.revoked_at = member.value()?,
            _ => self.revocations = member.required()?,
        }
        Ok(())
    }
}

impl Object for StoredSuperseded {
    const EMPTY: StoredSuperseded = StoredSuperseded {
        token: None,
        sha256: None,
        until: Timestamp::from_millis(0),
    };
    const NAME: &'static str = "superseded";
    const MEMBERS: &'static [&'static str] = &["token", "sha256", "until"];
    const REQUIRED: &'static [&'static str] = &["until"];
    const IS_CLOSED: bool = true;

    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error> {
        match member.name() {
            "token" => self.token = member.value()?,
            "sha256" => self.sha256 = member.value()?,
            _ => self.until = member.required()?,
        }
        Ok(())
    }
}

/// A stored record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredRecordError {
    /// The record was written by a newer version of this crate, or is not a record at all.
    #[error("stored record has version {0}, this build reads version 1")]
    UnknownVersion(u32),
    /// There is not exactly one of `token` and `sha256`.
    #[error("stored record must have exactly one of token and sha256")]
    Secret,
    /// `sha256` is not 64 hexadecimal digits.
    #[error("stored record's sha256 is not 64 hexadecimal digits")]
    Digest,
    /// `device_level` is neither 0 nor 1.
    #[error("stored record has device_level {0}, neither 0 (slave) nor 1 (master)")]
    DeviceLevel(u8),
}

impl TokenRecord {
    /// The form to write to storage. **It contains the secret**, in clear unless the record is
    /// [digest-only](Self::into_digest_only).
    #[must_use]
    pub fn expose_for_storage(&self) -> StoredRecord {
        let (token, sha256) = written(self.secret());
        StoredRecord {
            v: VERSION,
            token,
            sha256,
            device_level: self.device_level().wire(),
            expires_at: self.expires_at(),
            superseded: self.superseded().map(|old| {
                let (token, sha256) = written(&old.secret);
                StoredSuperseded {
                    token,
                    sha256,
                    until: old.until,
                }
            }),
            revoked_at: self.revoked_at(),
            revocations: self.revocations(),
        }
    }
}

impl TryFrom<StoredRecord> for TokenRecord {
    type Error = StoredRecordError;

    fn try_from(stored: StoredRecord) -> Result<Self, Self::Error> {
        if stored.v != VERSION {
            return Err(StoredRecordError::UnknownVersion(stored.v));
        }
        let superseded = match stored.superseded {
            Some(old) => Some(Superseded {
                secret: read(old.token, old.sha256)?,
                until: old.until,
            }),
            None => None,
        };
        let is_tombstone = stored.revoked_at.is_some();
        Ok(TokenRecord {
            secret: read(stored.token, stored.sha256)?,
            device_level: DeviceLevel::from_wire(stored.device_level)
                .ok_or(StoredRecordError::DeviceLevel(stored.device_level))?,
            expires_at: stored.expires_at,
            // A tombstone accepts nothing, whoever wrote it, so its superseded token is dropped.
            superseded: superseded.filter(|_| !is_tombstone).map(Arc::new),
            revoked_at: stored.revoked_at,
            // A tombstone was revoked at least once. Records from before the count was introduced
            // do not have one.
            revocations: stored.revocations.max(is_tombstone.into()),
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Returns the fields `token` and `sha256` for a secret.
fn written(secret: &Secret) -> (Option<String>, Option<String>) {
    match secret {
        Secret::Plain(token) => (Some(token.expose_secret().into()), None),
        Secret::Digest(digest) => (None, Some(to_hex(digest.expose_secret()))),
    }
}

/// Returns the secret in the fields `token` and `sha256`.
fn read(token: Option<String>, sha256: Option<String>) -> Result<Secret, StoredRecordError> {
    match (token, sha256) {
        (Some(token), None) => Ok(Token::new(token).into()),
        (None, Some(hex)) => from_hex(&hex)
            .map(|bytes| TokenDigest::from_bytes(bytes).into())
            .ok_or(StoredRecordError::Digest),
        _ => Err(StoredRecordError::Secret),
    }
}

/// Shows no secret, unlike the serialised form.
impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("v", &self.v)
            .field("device_level", &self.device_level)
            .field("expires_at", &self.expires_at)
            .field(
                "superseded_until",
                &self.superseded.as_ref().map(|old| old.until),
            )
            .field("revoked_at", &self.revoked_at)
            .field("revocations", &self.revocations)
            .finish_non_exhaustive()
    }
}
