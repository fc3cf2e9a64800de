//! The policy of a deployment, and the check without any look-up.

use alloc::vec::Vec;
use core::time::Duration;

use crate::credentials::Credentials;
use crate::device::{DeviceFlag, DeviceFlags};
use crate::refusal::{Cause, Stage, VerifyError};
use crate::store::{BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::token::{Secret, SecretForm};
use crate::verify::diagnose::Diagnosis;
use crate::verify::judge::{self, Judgement};
use crate::verify::trace;
use crate::verify::verified::Verified;

/// [`Verifier::check`] with the default policy, and no diagnosis to follow.
///
/// # Errors
/// See [`Verifier::check`].
pub fn check(
    credentials: &Credentials<'_>,
    record: Option<&TokenRecord>,
    now: Timestamp,
) -> Result<Verified, VerifyError> {
    let verifier = Verifier::new().without_diagnosis();
    verifier.check(credentials, record, now)
}

/// How a deployment verifies: made once, shared by all connections.
///
/// ```
/// use core::time::Duration;
/// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token};
/// use wukongim_auth::{TokenRecord, Verifier};
///
/// let verifier = Verifier::new().with_leeway(Duration::from_secs(30));
///
/// let store = MemoryStore::new();
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// store.insert("alice", DeviceFlag::Web, record);
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let verified = verifier.verify(&store, &credentials, Timestamp::now())?;
/// assert_eq!(verified.uid(), "alice");
/// # Ok::<(), wukongim_auth::VerifyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    leeway: Duration,
    device_flags: DeviceFlags,
    absent_form: SecretForm,
    manager_token: Option<Secret>,
    diagnoses: bool,
    reveals_not_issued: bool,
}

impl Verifier {
    /// The default policy: no leeway, no system device, plain secrets, diagnosis on.
    #[must_use]
    pub const fn new() -> Self {
        Verifier {
            leeway: Duration::ZERO,
            device_flags: DeviceFlags::CLIENTS,
            absent_form: SecretForm::Plain,
            manager_token: None,
            diagnoses: true,
            reveals_not_issued: false,
        }
    }

    /// Accepts the current token for this long after it expired, for clocks that disagree.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Says which device flags clients may use; APP, WEB and PC unless told otherwise.
    ///
    /// [`DeviceFlag::System`](crate::DeviceFlag::System) is the server's own: whoever gets in with it
    /// may be trusted more than a user by the rest of your system.
    #[must_use]
    pub const fn with_device_flags(mut self, flags: DeviceFlags) -> Self {
        self.device_flags = flags;
        self
    }

    /// The device flags that clients may use.
    #[must_use]
    pub const fn device_flags(&self) -> DeviceFlags {
        self.device_flags
    }

    /// Those that a diagnosis looks through besides the client's own.
    pub(crate) fn other_flags(&self, error: &VerifyError) -> DeviceFlags {
        self.device_flags.without(error.device_flag())
    }

    /// Says which form the store keeps, so that a look-up that finds nothing takes as long as one
    /// that finds a secret of that form.
    #[must_use]
    pub const fn with_stored_form(mut self, form: SecretForm) -> Self {
        self.absent_form = form;
        self
    }

    /// Names the manager API's token, so that a client that presents it is recognised. It is never
    /// accepted.
    #[must_use]
    pub fn with_manager_token(mut self, token: impl Into<Secret>) -> Self {
        self.manager_token = Some(token.into());
        self
    }

    /// Leaves the diagnosis out of [`verify`](Self::verify): a refusal then costs one look-up, and
    /// its cause is what the verdict knows.
    #[must_use]
    pub const fn without_diagnosis(mut self) -> Self {
        self.diagnoses = false;
        self
    }

    /// Closes for retry where no token is registered, for hosts that issue tokens some time after
    /// the client connects. The price: whoever connects learns which uids have no token.
    ///
    /// It goes by the cause that is known when the disposition is asked for: a verdict says
    /// [`NotIssued`](Cause::NotIssued) wherever nothing is registered for the pair, a diagnosis may
    /// find more, and reject.
    #[must_use]
    pub const fn dangerously_reveal_not_issued(mut self) -> Self {
        self.reveals_not_issued = true;
        self
    }

    /// The pure heart: the same verdict for hosts that look up by themselves; with
    /// [`explain`](Self::explain) for a diagnosis. `record` is what is
    /// registered for exactly this uid and device flag.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord};
    /// use wukongim_auth::check;
    ///
    /// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// assert!(check(&credentials, Some(&record), Timestamp::now()).is_ok());
    /// assert!(check(&credentials, None, Timestamp::now()).is_err());
    /// ```
    ///
    /// With the feature `tracing`, a refusal that [`explain`](Self::explain) may say more of is reported
    /// by that; a host that will not call it says [`without_diagnosis`](Self::without_diagnosis).
    ///
    /// # Errors
    /// As [`verify`](Self::verify), but never [`Cause::Store`].
    pub fn check(
        &self,
        credentials: &Credentials<'_>,
        record: Option<&TokenRecord>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let verdict = self
            .precheck(credentials, now)
            .and_then(|()| self.judge(credentials, record, now));
        trace::verdict(credentials, &verdict, self.diagnoses);
        verdict
    }

    /// [`diagnose`](Self::diagnose) for hosts that look up by themselves: `others` holds the
    /// records of the user's other flags, or why they could not be looked up.
    #[must_use]
    pub fn explain(
        &self,
        error: VerifyError,
        others: Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>,
    ) -> VerifyError {
        if !error.stage().is_diagnosable() {
            return error;
        }
        let error = self.apply_diagnosis(error, others);
        trace::diagnosis(&error, self.diagnoses);
        error
    }

    pub(crate) const fn diagnoses(&self) -> bool {
        self.diagnoses
    }

    /// What needs no look-up.
    #[inline(always)]
    pub(crate) fn precheck(
        &self,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<(), VerifyError> {
        match credentials.fault(self.device_flags) {
            Some(cause) => Err(self.decided(credentials, cause, now)),
            None => Ok(()),
        }
    }

    pub(crate) fn decided(
        &self,
        credentials: &Credentials<'_>,
        cause: Cause,
        now: Timestamp,
    ) -> VerifyError {
        let reveals = self.reveals_not_issued;
        VerifyError::new(credentials, None, cause, Stage::NoLookup, now, reveals)
    }

    pub(crate) fn judge(
        &self,
        credentials: &Credentials<'_>,
        record: Option<&TokenRecord>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let finding = judge::judge(
            credentials.token,
            record,
            now,
            self.leeway,
            self.absent_form,
        );
        let (cause, stage) = match finding {
            Judgement::Accepted {
                device_level,
                ends_at,
                by,
            } => {
                let Credentials {
                    uid, device_flag, ..
                } = *credentials;
                return Ok(Verified::new(
                    uid,
                    device_flag,
                    device_level,
                    ends_at,
                    by,
                    now,
                ));
            }
            Judgement::Certain(cause) => (cause, Stage::Certain),
            Judgement::Refused(cause) => (cause, Stage::Preliminary),
        };
        let reveals = self.reveals_not_issued;
        Err(VerifyError::new(
            credentials,
            record,
            cause,
            stage,
            now,
            reveals,
        ))
    }

    /// Runs whole for a proven cause too, so that all refusals cost the same.
    pub(crate) fn apply_diagnosis(
        &self,
        error: VerifyError,
        others: Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>,
    ) -> VerifyError {
        let diagnosis = Diagnosis {
            token: error.actual_token(),
            device_flag: error.device_flag(),
            device_flags: self.device_flags,
            record: error.record(),
            manager_token: self.manager_token.as_ref(),
            absent_form: self.absent_form,
            leeway: self.leeway,
            now: error.refused_at(),
        };
        let found = diagnosis.cause(error.cause(), others);
        let proven = error.stage() == Stage::Certain;
        error.diagnosed(found.filter(|_| !proven))
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}
