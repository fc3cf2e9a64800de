//! The written form of a rejection: a line for logs, and an object for programs.

use alloc::string::ToString;
use core::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::credentials::Credentials;
use crate::device::DeviceLevel;
use crate::escape::{Escaped, Quoted};
use crate::refusal::cause::Cause;
use crate::refusal::fix::Fix;
use crate::token::{Fingerprint, Secret, to_hex};

/// The contents of a rejection, with tokens as fingerprints or in clear.
pub(crate) struct Report<'a> {
    pub(crate) credentials: Credentials<'a>,
    pub(crate) device_level: Option<DeviceLevel>,
    pub(crate) expected: Option<&'a Secret>,
    pub(crate) cause: &'a Cause,
    pub(crate) diagnosed: bool,
    pub(crate) fix: Fix<'a>,
    pub(crate) reveal: bool,
}

/// Writes `token verify fail: the cause; cause=label uid="…" …`, which begins like upstream's line.
impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Credentials {
            uid,
            device_flag,
            device_id,
            token,
            facts,
        } = self.credentials;
        let Report { cause, reveal, .. } = *self;
        write!(f, "token verify fail: {cause}; cause={}", cause.label())?;
        // Without it, a preliminary cause would be read as the root cause.
        if !self.diagnosed {
            f.write_str(" diagnosed=false")?;
        }
        write!(f, " uid={} deviceFlag={device_flag}", Quoted(uid))?;
        if let Some(level) = self.device_level {
            write!(f, " deviceLevel={level}")?;
        }
        write!(f, " deviceID={}", Quoted(device_id))?;
        match self.expected {
            Some(secret) => write!(f, " expectToken=\"{}\"", Shown { secret, reveal })?,
            None => f.write_str(" expectToken=none")?,
        }
        if reveal {
            write!(f, " actToken=\"{}\"", Clear(token.expose_secret()))?;
        } else {
            write!(f, " actToken=\"{token}\"")?;
        }
        if facts.device_flag_missing {
            f.write_str(" deviceFlagMissing=true")?;
        }
        if let Some(transport) = facts.transport {
            write!(f, " transport={transport}")?;
        }
        facts
            .address
            .map_or(Ok(()), |address| write!(f, " peer={address}"))
    }
}

/// Fields that upstream also logs have upstream's names.
impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Credentials {
            uid,
            device_flag,
            device_id,
            token,
            facts,
        } = self.credentials;
        let Report { cause, reveal, .. } = *self;
        let expected = self
            .expected
            .map(|secret| Shown { secret, reveal }.to_string());
        let actual = if reveal {
            Clear(token.expose_secret()).to_string()
        } else {
            token.to_string()
        };
        let candidates = match cause {
            Cause::Ambiguous { candidates, .. } => Some(candidates),
            _ => None,
        };
        let len = if candidates.is_some() { 13 } else { 12 };
        let mut fields = serializer.serialize_struct("VerifyError", len)?;
        fields.serialize_field("uid", &Escaped(uid).to_string())?;
        fields.serialize_field("deviceFlag", &device_flag)?;
        fields.serialize_field("deviceLevel", &self.device_level)?;
        fields.serialize_field("deviceID", &Escaped(device_id).to_string())?;
        fields.serialize_field("expectToken", &expected)?;
        fields.serialize_field("actToken", &actual)?;
        fields.serialize_field("cause", cause.label())?;
        fields.serialize_field("diagnosed", &self.diagnosed)?;
        match candidates {
            Some(candidates) => fields.serialize_field("candidates", candidates)?,
            None => fields.skip_field("candidates")?,
        }
        fields.serialize_field("fix", &self.fix.to_string())?;
        fields.serialize_field("deviceFlagMissing", &facts.device_flag_missing)?;
        fields.serialize_field("transport", &facts.transport.map(|t| t.to_string()))?;
        fields.serialize_field("peer", &facts.address.map(|a| a.to_string()))?;
        fields.end()
    }
}

/// A [`VerifyError`](crate::VerifyError) that shows its tokens in clear; see
/// [`VerifyError::revealed`](crate::VerifyError::revealed).
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, Timestamp, verify_record};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = verify_record(&credentials, None, Timestamp::now()).unwrap_err();
/// assert!(!error.to_string().contains("s3cret"));
/// assert!(error.revealed().to_string().ends_with(r#"actToken="s3cret""#));
/// ```
pub struct Revealed<'a>(pub(crate) Report<'a>);

impl fmt::Display for Revealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Revealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Revealed({self})")
    }
}

impl Serialize for Revealed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A stored secret, as a fingerprint or in clear.
struct Shown<'a> {
    secret: &'a Secret,
    reveal: bool,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secret {
            Secret::Plain(token) if self.reveal => Clear(token.expose_secret()).fmt(f),
            Secret::Digest(digest) if self.reveal => {
                write!(f, "sha256={}", to_hex(digest.expose_secret()))
            }
            secret => secret.fmt(f),
        }
    }
}

/// A token in clear. If it is too long to be printed whole, its fingerprint is added, so that
/// tokens with the same beginning can be told apart.
struct Clear<'a>(&'a str);

impl fmt::Display for Clear<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Escaped(self.0);
        text.fmt(f)?;
        match text.is_cut() {
            true => write!(f, " ({})", Fingerprint(self.0)),
            false => Ok(()),
        }
    }
}
