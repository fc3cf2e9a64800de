//! The suite's access to a store: writes, looks up, and reports what it saw.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::dropped::poll_and_drop;
use super::named::Named;
use super::requirement::Requirement;
use super::store_under_test::StoreUnderTest;
use crate::credentials::Credentials;
use crate::device::{DeviceFlag, DeviceFlags, DeviceLevel};
use crate::refusal::{Cause, VerifyError};
use crate::store::{AsyncTokenStore, BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::token::{Secret, Token};
use crate::verify::{Verified, Verifier};

/// `Err` holds what was seen instead.
pub(super) type Held<T = ()> = Result<T, String>;

/// One requirement's view of the store.
pub(super) struct Probe<'a, S> {
    subject: &'a S,
    prefix: String,
    now: Timestamp,
    has_failed: AtomicBool,
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
            has_failed: AtomicBool::new(false),
        }
    }

    /// When the requirement began.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Far enough in the future that nothing ends while the suite runs.
    pub(super) fn in_an_hour(&self) -> Timestamp {
        self.now.saturating_add(Duration::from_secs(3600))
    }

    /// A uid that only this requirement uses.
    pub(super) fn uid(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Waits for an operation of the subject. Its futures are created, polled and dropped inside
    /// `block_on`: database clients need their runtime for all three.
    fn wait<T>(&self, work: impl AsyncFnOnce(&'a S) -> T) -> T {
        self.subject.block_on(async { work(self.subject).await })
    }

    pub(super) fn try_issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        self.wait(async |subject| subject.issue(uid, flag, record).await)
    }

    pub(super) fn issue(&self, uid: &str, flag: DeviceFlag, record: TokenRecord) -> Held {
        let issued = self.try_issue(uid, flag, record);
        issued.map_err(|error| self.failed("issue", uid, flag, &error))
    }

    /// Whether it was refused or not: only the content afterwards counts.
    pub(super) fn try_rotate(&self, uid: &str, flag: DeviceFlag, token: &str, until: Timestamp) {
        let _ = self.do_rotate(uid, flag, token, until);
    }

    pub(super) fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        token: &str,
        until: Timestamp,
    ) -> Held {
        let rotated = self.do_rotate(uid, flag, token, until);
        rotated.map_err(|error| self.failed("rotate", uid, flag, &error))
    }

    fn do_rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        token: &str,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        let secret = Secret::from(Token::new(token));
        self.wait(async |subject| subject.rotate(uid, flag, secret, until).await)
    }

    pub(super) fn try_revoke(&self, uid: &str, flag: DeviceFlag, at: Timestamp) {
        let _ = self.do_revoke(uid, flag, at);
    }

    pub(super) fn revoke(&self, uid: &str, flag: DeviceFlag, at: Timestamp) -> Held {
        let revoked = self.do_revoke(uid, flag, at);
        revoked.map_err(|error| self.failed("revoke", uid, flag, &error))
    }

    fn do_revoke(&self, uid: &str, flag: DeviceFlag, at: Timestamp) -> Result<(), BoxError> {
        self.wait(async |subject| subject.revoke(uid, flag, at).await)
    }

    /// `Ok(false)`: the subject cannot do this.
    pub(super) fn overwrite(&self, uid: &str, flag: DeviceFlag, written: &str) -> Held<bool> {
        let overwritten =
            self.wait(async |subject| subject.overwrite(uid, flag, written.as_bytes()).await);
        overwritten.map_err(|error| self.failed("overwrite", uid, flag, &error))
    }

    pub(super) fn try_get(
        &self,
        uid: &str,
        flag: DeviceFlag,
    ) -> Result<Option<TokenRecord>, BoxError> {
        let found = self.wait(async |subject| subject.store().get(uid, flag).await);
        found.map_err(Into::into)
    }

    pub(super) fn get(&self, uid: &str, flag: DeviceFlag) -> Held<Option<TokenRecord>> {
        let found = self.try_get(uid, flag);
        found.map_err(|error| self.failed("get", uid, flag, &error))
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

    pub(super) fn try_get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        let found = self.wait(async |subject| subject.store().get_all(uid, flags).await);
        found.map_err(Into::into)
    }

    pub(super) fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Held<Vec<(DeviceFlag, TokenRecord)>> {
        let found = self.try_get_all(uid, flags);
        found.map_err(|error| self.failed("get_all", uid, flags, &error))
    }

    /// Looks up, and drops the future before it is ready, inside the runtime, as a server does.
    pub(super) fn drop_lookup(&self, polls: u32, uid: &str, flag: DeviceFlag) {
        self.wait(async |subject| poll_and_drop(polls, subject.store().get(uid, flag)).await);
    }

    /// The same with `get_all`.
    pub(super) fn drop_lookup_of_all(&self, polls: u32, uid: &str, flags: DeviceFlags) {
        self.wait(async |subject| poll_and_drop(polls, subject.store().get_all(uid, flags)).await);
    }

    /// The outcome for a client with this token.
    pub(super) fn verdict(
        &self,
        uid: &str,
        flag: DeviceFlag,
        token: &str,
    ) -> Result<Verified, VerifyError> {
        let credentials = Credentials::new(uid, flag, token);
        // A store keeps any record: the verifier decides which flags clients may use.
        let every_flag: DeviceFlags = (0..=u8::MAX).map(DeviceFlag::from).collect();
        let verifier = Verifier::new().with_device_flags(every_flag);
        self.wait(async |subject| {
            let store = subject.store();
            verifier.verdict_async(store, &credentials, self.now).await
        })
    }

    /// The report about an operation that must not fail, but did.
    fn failed(&self, what: &str, uid: &str, flag: impl fmt::Display, error: &BoxError) -> String {
        self.has_failed.store(true, Ordering::Relaxed);
        let uid = Named(uid);
        format!("{what} failed for {uid} {flag}: {error}")
    }

    /// Whether an operation failed that must not: the store's own error is then what was seen.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    pub(super) fn accepted(&self, uid: &str, flag: DeviceFlag, token: &str) -> Held {
        self.proof(uid, flag, token).map(drop)
    }

    pub(super) fn proof(&self, uid: &str, flag: DeviceFlag, token: &str) -> Held<Verified> {
        self.verdict(uid, flag, token).map_err(|error| {
            if let Cause::Store(error) = error.cause() {
                return self.failed("get", uid, flag, error);
            }
            format!(
                "the token of {uid} {flag} ({token}) is refused: {cause}",
                uid = Named(uid),
                token = Named(token),
                cause = error.cause()
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

/// A slave's record without an expiry.
pub(super) fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}
