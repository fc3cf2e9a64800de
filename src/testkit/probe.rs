//! The suite's hand: writes, looks up, and says what it saw.

use core::fmt;
use core::time::Duration;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::requirement::Requirement;
use super::store_under_test::StoreUnderTest;
use crate::credentials::Credentials;
use crate::device::{DeviceFlag, DeviceFlags, DeviceLevel};
use crate::escape::{Escaped, Quoted};
use crate::store::{AsyncTokenStore, BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::token::{Secret, Token};
use crate::verify::{Verified, Verifier};

/// How a requirement came out.
#[derive(Debug)]
pub(crate) enum Outcome {
    Holds,
    /// The subject cannot bring it about.
    Skipped,
    Violation(String),
}

/// `Err`: what was seen instead. `Ok(false)`: it could not be tried.
impl From<Result<bool, String>> for Outcome {
    fn from(held: Result<bool, String>) -> Self {
        match held {
            Ok(true) => Outcome::Holds,
            Ok(false) => Outcome::Skipped,
            Err(seen) => Outcome::Violation(seen),
        }
    }
}

/// `Err`: what was seen instead.
pub(super) type Held<T = ()> = Result<T, String>;

/// One requirement's view of the store.
pub(super) struct Probe<'a, S> {
    subject: &'a S,
    prefix: String,
    now: Timestamp,
}

impl<'a, S: StoreUnderTest> Probe<'a, S> {
    pub(super) fn new(subject: &'a S, run: &str, requirement: Requirement) -> Self {
        let number = Requirement::ALL
            .iter()
            .position(|other| *other == requirement);
        let number = number.unwrap_or_default();
        Probe {
            subject,
            prefix: format!("tk{run}-{number:02}-"),
            now: Timestamp::now(),
        }
    }

    pub(super) const fn subject(&self) -> &'a S {
        self.subject
    }

    /// When the requirement began.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Far enough ahead that nothing ends while the suite runs.
    pub(super) fn in_an_hour(&self) -> Timestamp {
        self.now.saturating_add(Duration::from_secs(3600))
    }

    /// A uid of this requirement's own.
    pub(super) fn uid(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn try_issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        self.subject.block_on(self.subject.issue(uid, flag, record))
    }

    pub(super) fn issue(&self, uid: &str, flag: DeviceFlag, record: TokenRecord) -> Held {
        self.try_issue(uid, flag, record)
            .map_err(|error| format!("issue failed for {uid} {flag}: {error}", uid = Named(uid)))
    }

    /// Whether it was refused or not: what is there afterwards counts.
    pub(super) fn try_rotate(&self, uid: &str, flag: DeviceFlag, token: &str, until: Timestamp) {
        let secret = Secret::from(Token::new(token));
        let rotation = self.subject.rotate(uid, flag, secret, until);
        let _ = self.subject.block_on(rotation);
    }

    pub(super) fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        token: &str,
        until: Timestamp,
    ) -> Held {
        let secret = Secret::from(Token::new(token));
        let rotation = self.subject.rotate(uid, flag, secret, until);
        self.subject
            .block_on(rotation)
            .map_err(|error| format!("rotate failed for {uid} {flag}: {error}", uid = Named(uid)))
    }

    pub(super) fn try_revoke(&self, uid: &str, flag: DeviceFlag, at: Timestamp) {
        let _ = self.subject.block_on(self.subject.revoke(uid, flag, at));
    }

    pub(super) fn revoke(&self, uid: &str, flag: DeviceFlag, at: Timestamp) -> Held {
        self.subject
            .block_on(self.subject.revoke(uid, flag, at))
            .map_err(|error| format!("revoke failed for {uid} {flag}: {error}", uid = Named(uid)))
    }

    pub(super) fn try_get(
        &self,
        uid: &str,
        flag: DeviceFlag,
    ) -> Result<Option<TokenRecord>, BoxError> {
        let lookup = self.subject.store().get(uid, flag);
        self.subject.block_on(lookup).map_err(Into::into)
    }

    pub(super) fn get(&self, uid: &str, flag: DeviceFlag) -> Held<Option<TokenRecord>> {
        self.try_get(uid, flag)
            .map_err(|error| format!("get failed for {uid} {flag}: {error}", uid = Named(uid)))
    }

    /// The record that must be there.
    pub(super) fn record(&self, uid: &str, flag: DeviceFlag) -> Held<TokenRecord> {
        self.get(uid, flag)?.ok_or_else(|| {
            format!(
                "get gave no record for {uid} {flag}, which has one",
                uid = Named(uid)
            )
        })
    }

    pub(super) fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Held<Vec<(DeviceFlag, TokenRecord)>> {
        let lookup = self.subject.store().get_all(uid, flags);
        self.subject.block_on(lookup).map_err(|error| {
            let error: BoxError = error.into();
            format!(
                "get_all failed for {uid} {flags}: {error}",
                uid = Named(uid)
            )
        })
    }

    /// What becomes of a client with this token: the proof, or the cause of its refusal.
    pub(super) fn verdict(
        &self,
        uid: &str,
        flag: DeviceFlag,
        token: &str,
    ) -> Result<Verified, String> {
        let credentials = Credentials::new(uid, flag, token);
        let verifier = Verifier::new().with_device_flags(every_flag());
        let verdict = verifier.verdict_async(self.subject.store(), &credentials, self.now);
        self.subject
            .block_on(verdict)
            .map_err(|error| error.cause().to_string())
    }

    pub(super) fn accepted(&self, uid: &str, flag: DeviceFlag, token: &str) -> Held {
        self.proof(uid, flag, token).map(drop)
    }

    pub(super) fn proof(&self, uid: &str, flag: DeviceFlag, token: &str) -> Held<Verified> {
        self.verdict(uid, flag, token).map_err(|cause| {
            format!(
                "the token of {uid} {flag} ({token}) is refused: {cause}",
                uid = Named(uid),
                token = Named(token)
            )
        })
    }

    pub(super) fn refused(&self, uid: &str, flag: DeviceFlag, token: &str) -> Held {
        match self.verdict(uid, flag, token) {
            Err(_) => Ok(()),
            Ok(_) => Err(format!(
                "{token} is accepted for {uid} {flag}, whose token it is not",
                uid = Named(uid),
                token = Named(token)
            )),
        }
    }
}

/// A record of a slave's that does not end.
pub(super) fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}

/// A uid or a token in a report: escaped and cut, since some are very long.
pub(super) struct Named<'a>(pub(super) &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named(text) = self;
        write!(f, "{}", Quoted(text))?;
        match Escaped(text).is_cut() {
            true => write!(f, " of {} bytes", text.len()),
            false => Ok(()),
        }
    }
}

/// A store keeps whatever it is given: which flags clients may use is the verifier's to say.
fn every_flag() -> DeviceFlags {
    (0..=u8::MAX).map(DeviceFlag::from).collect()
}

/// So many rounds with `ROUNDS=full` in the environment, a quarter of them without.
pub(super) fn rounds(full: usize) -> usize {
    match std::env::var_os("ROUNDS") {
        Some(wish) if wish == "full" => full,
        _ => full.div_ceil(4),
    }
}
