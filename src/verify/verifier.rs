//! The policy of a deployment, and its application to one client.

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
use crate::verify::verified::{Acceptance, Verified};

/// How a deployment verifies: made once, shared by all connections.
///
/// | You have, or want | call |
/// |---|---|
/// | a store, and the cause in the log immediately | [`verify`](Self::verify), [`verify_async`](Self::verify_async) |
/// | to answer the peer before the cause is looked for | [`verdict`](Self::verdict), then [`diagnose`](Self::diagnose), or both with `_async` |
/// | the record, looked up in a way of your own | [`verify_record`](Self::verify_record), then [`diagnose_with`](Self::diagnose_with) the user's other records |
/// | a lookup of your own that failed | [`store_failed`](Self::store_failed) |
///
/// All of them accept the same clients. They differ in how often the store is asked, and when: `verify`
/// asks once for a client that it accepts, and twice for one that it rejects; `verdict` asks once.
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
    reveals_not_issued: bool,
}

impl Verifier {
    /// The default policy: no leeway; APP, WEB and PC; plain secrets.
    #[must_use]
    pub const fn new() -> Self {
        Verifier {
            leeway: Duration::ZERO,
            device_flags: DeviceFlags::CLIENTS,
            absent_form: SecretForm::Plain,
            manager_token: None,
            reveals_not_issued: false,
        }
    }

    /// Accepts the current token for this long after it expired, for clocks that disagree.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Says which device flags clients may use; by default [`DeviceFlags::CLIENTS`].
    ///
    /// Clients with any other flag are rejected before a lookup, and a diagnosis looks through exactly
    /// these flags. Hold provisioning to the same set.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, DeviceFlags, MemoryStore, Timestamp, Verifier};
    ///
    /// // Some EasySDKs send 4 for devices without a flag of their own.
    /// let flags = DeviceFlags::CLIENTS.with(DeviceFlag::from(4));
    /// let verifier = Verifier::new().with_device_flags(flags);
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::from(5), "s3cret");
    /// let error = verifier.verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert_eq!(
    ///     error.cause().to_string(),
    ///     "device flag 5 is not one of those allowed: 0 (APP), 1 (WEB), 2 (PC), 4",
    /// );
    /// ```
    ///
    /// Think twice before you allow [`DeviceFlag::System`](crate::DeviceFlag::System): it is the
    /// server's own, and the rest of your system may trust it more than a user.
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

    /// Says which form the store keeps, so that the comparison takes as long if nothing is found as
    /// if a secret of that form is found. This does not cover the lookup: to read and copy a record may
    /// take longer than to find none.
    ///
    /// ```
    /// use wukongim_auth::Verifier;
    /// use wukongim_auth::compare::SecretForm;
    ///
    /// let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    /// # let _ = verifier;
    /// ```
    #[must_use]
    pub const fn with_stored_form(mut self, form: SecretForm) -> Self {
        self.absent_form = form;
        self
    }

    /// Names the manager API's token, so that a client that presents it is recognised. It is never
    /// accepted.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, Token, Verifier};
    ///
    /// let verifier = Verifier::new().with_manager_token(Token::new("manager-s3cret"));
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "manager-s3cret");
    /// let error = verifier.verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert_eq!(error.label(), "manager_token");
    /// ```
    #[must_use]
    pub fn with_manager_token(mut self, token: impl Into<Secret>) -> Self {
        self.manager_token = Some(token.into());
        self
    }

    /// Closes for retry if no token is registered, for hosts that issue tokens some time after the
    /// client connects. The price: anyone who connects learns which uids have no token for which
    /// flag.
    ///
    /// The verdict decides: whatever a diagnosis finds afterwards, the connection is closed for retry
    /// if nothing was registered for this uid and device flag.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, Disposition, MemoryStore, Timestamp, Verifier};
    ///
    /// let verifier = Verifier::new().dangerously_reveal_not_issued();
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verifier.verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert_eq!(error.disposition(), Disposition::CloseForRetry);
    /// ```
    #[must_use]
    pub const fn dangerously_reveal_not_issued(mut self) -> Self {
        self.reveals_not_issued = true;
        self
    }

    /// Rejects what needs no lookup.
    #[inline(always)]
    pub(crate) fn precheck(
        &self,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<(), VerifyError> {
        judge::fault(credentials, self.device_flags, |cause| {
            self.decided(credentials, cause, now)
        })
    }

    #[cold]
    pub(crate) fn decided(
        &self,
        credentials: &Credentials<'_>,
        cause: Cause,
        now: Timestamp,
    ) -> VerifyError {
        let reveals = self.reveals_not_issued;
        VerifyError::new(credentials, None, cause, Stage::NoLookup, now, reveals)
    }

    /// What [`accept`](Self::accept) turns into a proof. A proof has about 170 bytes, so it is
    /// created at its final place instead of being returned from here.
    #[inline(always)]
    pub(crate) fn judge<'a>(
        &self,
        credentials: &Credentials<'_>,
        record: Option<&'a TokenRecord>,
        now: Timestamp,
    ) -> Result<Acceptance<'a>, VerifyError> {
        let judgement = judge::judge(
            credentials.token,
            record,
            now,
            self.leeway,
            self.absent_form,
        );
        let (cause, stage) = match judgement {
            Judgement::Accepted(acceptance) => return Ok(acceptance),
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

    #[inline(always)]
    pub(crate) fn accept(
        &self,
        credentials: &Credentials<'_>,
        acceptance: &Acceptance<'_>,
        now: Timestamp,
    ) -> Result<Verified, VerifyError> {
        let verified = Verified::new(credentials, acceptance, self.leeway, now);
        trace::success(credentials, &verified);
        Ok(verified)
    }

    /// Runs whole for a proven cause too, so that all refusals cost the same.
    pub(crate) fn apply_diagnosis(
        &self,
        error: &mut VerifyError,
        others: Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>,
    ) {
        let record = error.record();
        let diagnosis = Diagnosis {
            token: error.actual_token(),
            device_flag: error.device_flag(),
            device_flags: self.device_flags,
            record,
            manager_token: self.manager_token.as_ref(),
            form: record.map_or(self.absent_form, |record| record.secret().form()),
            leeway: self.leeway,
            now: error.refused_at(),
        };
        let found = diagnosis.cause(error.cause(), others);
        let proven = error.stage() == Stage::Certain;
        error.diagnosed(found.filter(|_| !proven));
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}
