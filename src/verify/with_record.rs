//! The check for callers that do the lookup themselves.

use alloc::vec::Vec;

use crate::credentials::Credentials;
use crate::device::DeviceFlag;
use crate::refusal::{Cause, VerifyError};
use crate::store::{BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::verify::trace;
use crate::verify::verified::Verified;
use crate::verify::verifier::Verifier;

/// [`Verifier::verify_record`] with the default policy.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord};
/// use wukongim_auth::verify_record;
///
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// assert!(verify_record(&credentials, Some(&record), Timestamp::now()).is_ok());
/// assert!(verify_record(&credentials, None, Timestamp::now()).is_err());
/// ```
///
/// # Errors
/// See [`Verifier::verify_record`].
pub fn verify_record(
    credentials: &Credentials<'_>,
    record: Option<&TokenRecord>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    Verifier::new().verify_record(credentials, record, now)
}

impl Verifier {
    /// Verifies against a record that you looked up yourself: the one registered for exactly this
    /// uid and device flag, or `None`.
    ///
    /// The result is the same as that of [`verdict`](Self::verdict). If the lookup itself failed,
    /// call [`store_failed`](Self::store_failed) instead. For the exact cause of an error, look up
    /// the user's other flags and call [`diagnose_with`](Self::diagnose_with).
    ///
    /// ```
    /// use wukongim_auth::{BoxError, Credentials, DeviceFlag, DeviceFlags, TokenRecord};
    /// use wukongim_auth::{Timestamp, Verified, Verifier, VerifyError};
    ///
    /// # type Row = TokenRecord;
    /// # fn select(_: &str, _: DeviceFlags) -> Result<Vec<(DeviceFlag, Row)>, BoxError> { Ok(Vec::new()) }
    /// fn on_connect(
    ///     verifier: &Verifier,
    ///     credentials: &Credentials<'_>,
    /// ) -> Result<Verified, VerifyError> {
    ///     let now = Timestamp::now();
    ///     // One query of your own for all of the user's flags.
    ///     let mut rows = match select(credentials.uid, verifier.device_flags()) {
    ///         Ok(rows) => rows,
    ///         Err(error) => return Err(verifier.store_failed(credentials, error, now)),
    ///     };
    ///     let own = rows.iter().position(|(flag, _)| *flag == credentials.device_flag);
    ///     let own = own.map(|index| rows.swap_remove(index).1);
    ///     verifier
    ///         .verify_record(credentials, own.as_ref(), now)
    ///         .map_err(|error| verifier.diagnose_with(error, Ok(rows)))
    /// }
    /// # let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// # assert!(on_connect(&Verifier::new(), &credentials).is_err());
    /// ```
    ///
    /// # Errors
    /// Same as [`verify`](Self::verify), but never [`Cause::Store`].
    pub fn verify_record(
        &self,
        credentials: &Credentials<'_>,
        record: Option<&TokenRecord>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let judged = self
            .precheck(credentials, now)
            .and_then(|()| self.judge(credentials, record, now));
        match judged {
            Ok(acceptance) => self.accept(credentials, &acceptance, now),
            Err(error) => {
                trace::failure(&error);
                Err(error)
            }
        }
    }

    /// [`diagnose`](Self::diagnose) with records that you looked up yourself: those of the user's
    /// other [`device_flags`](Self::device_flags), or the error of that lookup.
    ///
    /// Records of the client's own flag, and of flags that this verifier does not allow, are
    /// ignored.
    #[must_use]
    pub fn diagnose_with(
        &self,
        mut error: VerifyError,
        others: Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>,
    ) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        self.apply_diagnosis(&mut error, others);
        trace::diagnosis(&error);
        error
    }

    /// Returns the error for a failed lookup of your own: [`Cause::Store`], which says nothing
    /// about the client and closes the connection so that SDKs retry.
    ///
    /// Credentials that [`verify`](Self::verify) would have rejected before the lookup are rejected
    /// here too, with the same cause.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, Disposition, Timestamp, Verifier};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = Verifier::new().store_failed(&credentials, "timed out", Timestamp::now());
    /// assert_eq!(error.label(), "store");
    /// assert_eq!(error.disposition(), Disposition::CloseForRetry);
    /// ```
    #[must_use]
    pub fn store_failed(
        &self,
        credentials: &Credentials<'_>,
        error: impl Into<BoxError>,
        now: Timestamp,
    ) -> VerifyError {
        let error = match self.precheck(credentials, now) {
            Err(error) => error,
            Ok(()) => self.decided(credentials, Cause::Store(error.into()), now),
        };
        trace::failure(&error);
        error
    }
}
