//! The whole check: one look-up, one comparison, and on failure the cause.

mod asynchronous;
mod diagnose;
mod judge;
mod repair;
mod standing;
mod trace;
mod verified;
mod verifier;

pub use asynchronous::verify_async;
pub use standing::Standing;
pub use verified::{Verified, VerifiedBy};
pub use verifier::{Verifier, check};

use crate::credentials::Credentials;
use crate::refusal::{Cause, VerifyError};
use crate::store::TokenStore;
use crate::time::Timestamp;

/// [`Verifier::verify`] with the default policy.
///
/// ```
/// use wukongim_auth::{Cause, Credentials, DeviceFlag, DeviceLevel, MemoryStore};
/// use wukongim_auth::{Timestamp, Token, TokenRecord, verify};
///
/// let store = MemoryStore::new();
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// store.insert("alice", DeviceFlag::Web, record);
///
/// let now = Timestamp::now();
/// assert!(verify(&store, &Credentials::new("alice", DeviceFlag::Web, "s3cret"), now).is_ok());
///
/// // The same token from another kind of device.
/// let error = verify(&store, &Credentials::new("alice", DeviceFlag::App, "s3cret"), now).unwrap_err();
/// assert!(matches!(error.cause(), Cause::IssuedForOtherFlag { .. }));
/// ```
///
/// # Errors
/// See [`Verifier::verify`].
pub fn verify<S: TokenStore + ?Sized>(
    store: &S,
    credentials: &Credentials<'_>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    Verifier::new().verify(store, credentials, now)
}

impl Verifier {
    /// Looks the credentials up and checks them; where they are refused, asks the store for the
    /// user's other flags and names the cause.
    ///
    /// Refused before any look-up: an empty uid, one with control characters, a device flag that
    /// clients do not use, an empty or blank token. [`compare`](crate::compare) says what the time of
    /// the comparison depends on (nothing stored), and the look-up has a time of its own.
    ///
    /// # Errors
    /// [`VerifyError`] with the cause: [`Cause::Store`] where the store could not tell, which says
    /// nothing about the client, any other where the client is refused.
    pub fn verify<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let mut verdict = self.look_up(store, credentials, now);
        if self.diagnoses() {
            verdict = verdict.map_err(|error| self.fetch_others(store, error));
        }
        trace::attempt(credentials, &verdict);
        verdict
    }

    /// [`verify`](Self::verify) without the diagnosis: one look-up at most, and a cause that is
    /// true but may be the less specific one. [`diagnose`](Self::diagnose) finds the rest, after
    /// the peer was answered, and reports the attempt (feature `tracing`); a host that will not ask
    /// for it says so with [`without_diagnosis`](Self::without_diagnosis).
    ///
    /// ```
    /// # use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, Verifier};
    /// # let (store, verifier) = (MemoryStore::new(), Verifier::new());
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// if let Err(error) = verifier.verdict(&store, &credentials, Timestamp::now()) {
    ///     // … answer the peer and close, then take the time to look for the cause:
    ///     eprintln!("{}", verifier.diagnose(&store, error));
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verdict<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let verdict = self.look_up(store, credentials, now);
        trace::verdict(credentials, &verdict, self.diagnoses());
        verdict
    }

    /// Names the cause of a refusal as exactly as the facts allow, with one more question to the
    /// store. Nothing is accepted here, whatever is found.
    #[must_use]
    pub fn diagnose<S: TokenStore + ?Sized>(&self, store: &S, error: VerifyError) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        let error = self.fetch_others(store, error);
        trace::diagnosis(&error, self.diagnoses());
        error
    }

    fn look_up<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        self.precheck(credentials, now)?;
        match store.get(credentials.uid, credentials.device_flag) {
            Ok(record) => self.judge(credentials, record.as_ref(), now),
            Err(error) => Err(self.decided(credentials, Cause::Store(error.into()), now)),
        }
    }

    fn fetch_others<S: TokenStore + ?Sized>(&self, store: &S, error: VerifyError) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        let others = store
            .get_all(error.uid(), self.other_flags(&error))
            .map_err(Into::into);
        self.apply_diagnosis(error, others)
    }
}
