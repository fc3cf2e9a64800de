//! The whole check: one lookup, one comparison, and the cause on failure.

mod asynchronous;
mod diagnose;
mod judge;
mod latest_expiry;
mod repair;
mod standing;
mod trace;
mod verified;
mod verifier;
mod with_record;

pub use asynchronous::verify_async;
pub use standing::Standing;
pub use verified::{Verified, VerifiedBy};
pub use verifier::Verifier;
pub use with_record::verify_record;

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
    /// Looks up the credentials and verifies them. If they are rejected, the user's other flags are
    /// looked up to find the cause.
    ///
    /// The following are rejected before any lookup, in this order: an empty uid, a uid with
    /// control characters, a device flag outside [`device_flags`](Self::device_flags), an empty
    /// token or one of only whitespace. [`compare`](crate::compare::compare) documents what the
    /// time of the comparison depends on (nothing that is stored). The lookup's timing is not
    /// covered.
    ///
    /// ```
    /// # use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Ready, Timestamp, Token};
    /// # use wukongim_auth::{TokenRecord, Verifier};
    /// # let store = MemoryStore::new();
    /// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// # store.insert("alice", DeviceFlag::Web, record);
    /// let verifier = Verifier::new();
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// match verifier.verify(&store, &credentials, Timestamp::now()) {
    ///     Ok(verified) => println!("{} is in", verified.uid()),
    ///     Err(error) => eprintln!("{error:#}"), // cause and fix
    /// }
    /// ```
    ///
    /// # Errors
    /// [`VerifyError`] with the cause. [`Cause::Store`] means that the lookup failed and says
    /// nothing about the client; every other cause means that the client is rejected.
    pub fn verify<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        self.look_up(store, credentials, now, |error| {
            self.fetch_others(store, error);
        })
    }

    /// [`verify`](Self::verify) without the diagnosis: at most one lookup, and a cause that is true
    /// but may be less specific. Call [`diagnose`](Self::diagnose) for the exact cause once the
    /// peer has its answer.
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
        self.look_up(store, credentials, now, |_| {})
    }

    /// Finds the cause of a rejection as exactly as the facts allow, with one more lookup.
    ///
    /// A diagnosis never accepts a client and never changes the
    /// [`disposition`](VerifyError::disposition). An error that has already been diagnosed, or
    /// needs no diagnosis, is returned unchanged without a lookup.
    #[must_use]
    pub fn diagnose<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        mut error: VerifyError,
    ) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        self.fetch_others(store, &mut error);
        trace::diagnosis(&error);
        error
    }

    fn look_up<S: TokenStore + ?Sized>(
        &self,
        store: &S,
        credentials: &Credentials<'_>,
        now: Timestamp,
        diagnose: impl FnOnce(&mut VerifyError),
    ) -> Result<Verified, VerifyError> {
        let mut error = match self.precheck(credentials, now) {
            Ok(()) => match store.get(credentials.uid, credentials.device_flag) {
                // Matched by reference, so that the record's 136 bytes stay where the store put
                // them.
                Ok(ref record) => match self.judge(credentials, record.as_ref(), now) {
                    Ok(acceptance) => return self.accept(credentials, &acceptance, now),
                    Err(error) => error,
                },
                Err(error) => self.decided(credentials, Cause::Store(error.into()), now),
            },
            Err(error) => error,
        };
        diagnose(&mut error);
        trace::failure(&error);
        Err(error)
    }

    fn fetch_others<S: TokenStore + ?Sized>(&self, store: &S, error: &mut VerifyError) {
        if error.stage().is_diagnosable() {
            let others = store.get_all(error.uid(), self.other_flags(error));
            self.apply_diagnosis(error, others.map_err(Into::into));
        }
    }
}
