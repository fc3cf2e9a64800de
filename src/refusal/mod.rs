//! Rejections, with everything that an operator needs to know about them.

mod alteration;
mod cause;
mod details;
mod disposition;
mod fix;
mod report;

pub use alteration::Alteration;
pub use cause::Cause;
pub(crate) use details::explain;
pub use disposition::Disposition;
pub use fix::{Fix, Language};
pub use report::Revealed;

use alloc::boxed::Box;
use core::error::Error;
use core::fmt;

use serde::{Serialize, Serializer};

use crate::credentials::{Credentials, OwnedCredentials, PeerFacts};
use crate::device::{DeviceFlag, DeviceLevel};
use crate::refusal::fix::Context;
use crate::refusal::report::Report;
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::{PresentedToken, Secret};

/// A rejected client: who it claimed to be, the expected and the presented token, the [`Cause`],
/// and what to do about it.
///
/// `Display`, `Debug` and `Serialize` show tokens as fingerprints (`len=32 sha256=1f0a9c3e`);
/// [`revealed`](Self::revealed) shows them in clear, for debugging only. Text from the client is
/// escaped and truncated after 64 characters. Serialised fields have the names of upstream's logs:
/// `uid`, `deviceFlag`, `deviceLevel`, `deviceID`, `expectToken`, `actToken`. These are followed by
/// `cause`, `diagnosed`, `fix`, `deviceFlagMissing`, `transport`, `peer`, and `candidates` if the
/// cause is ambiguous.
///
/// The error of a verdict that has not been diagnosed says so, since a diagnosis may find another
/// cause: `diagnosed=false` follows the cause in the line, and the field `diagnosed` is `false`.
///
/// `{:#}` adds the [`fix`](Self::fix) and the store's own error, each on its own line. You are
/// responsible for what the store's error contains.
///
/// All of this is meant for the operator. The peer only learns the
/// [`disposition`](Self::disposition).
///
/// ```
/// use wukongim_auth::{Cause, Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
///
/// let credentials = Credentials::new("alice", DeviceFlag::App, "s3cret");
/// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
/// assert!(matches!(error.cause(), Cause::NotIssued));
/// assert_eq!(
///     error.to_string(),
///     "token verify fail: no token is registered for this uid and device flag; \
///      cause=not_issued uid=\"alice\" deviceFlag=APP deviceID=\"\" \
///      expectToken=none actToken=\"len=6 sha256=1ec1c26b\"",
/// );
/// assert_eq!(
///     error.fix().to_string(),
///     "Call POST /user/token with this uid and device_flag=0 (APP) before the client connects.",
/// );
/// ```
pub struct VerifyError(Box<Refusal>);

struct Refusal {
    claim: OwnedCredentials,
    record: Option<TokenRecord>,
    cause: Cause,
    stage: Stage,
    /// Determined by the verdict. A diagnosis must not change what the peer sees.
    disposition: Disposition,
    refused_at: Timestamp,
}

/// How far the cause has been investigated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing was compared, so there is nothing to diagnose.
    NoLookup,
    /// The token belongs to this record, so a diagnosis will not find another cause.
    Certain,
    /// The cause known from the verdict. It is true, but may not be the whole truth.
    Preliminary,
    /// The diagnosis is complete.
    Final,
}

impl Stage {
    pub(crate) fn is_diagnosable(self) -> bool {
        matches!(self, Stage::Certain | Stage::Preliminary)
    }
}

impl VerifyError {
    pub(crate) fn new(
        credentials: &Credentials<'_>,
        record: Option<&TokenRecord>,
        cause: Cause,
        stage: Stage,
        refused_at: Timestamp,
        reveals_not_issued: bool,
    ) -> Self {
        VerifyError(Box::new(Refusal {
            claim: credentials.into(),
            record: record.cloned(),
            disposition: Disposition::of(&cause, reveals_not_issued),
            cause,
            stage,
            refused_at,
        }))
    }

    /// The client's claim, including its token.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        self.0.claim.borrow()
    }

    /// The user that the client claimed to be.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.credentials().uid
    }

    /// The kind of device that the client claimed to be.
    #[must_use]
    pub fn device_flag(&self) -> DeviceFlag {
        self.credentials().device_flag
    }

    /// The device's own id.
    #[must_use]
    pub fn device_id(&self) -> &str {
        self.credentials().device_id
    }

    /// Additional facts about the connection.
    #[must_use]
    pub fn facts(&self) -> PeerFacts {
        self.credentials().facts
    }

    /// The registered device level, if a record exists.
    #[must_use]
    pub fn device_level(&self) -> Option<DeviceLevel> {
        self.0.record.as_ref().map(TokenRecord::device_level)
    }

    /// The secret registered for this uid and device flag, if a record exists.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert!(error.expected_token().is_none());
    /// // Printed as a fingerprint.
    /// assert_eq!(error.actual_token().to_string(), "len=6 sha256=1ec1c26b");
    /// ```
    #[must_use]
    pub fn expected_token(&self) -> Option<&Secret> {
        self.0.record.as_ref().map(TokenRecord::secret)
    }

    /// The presented token.
    #[must_use]
    pub fn actual_token(&self) -> PresentedToken<'_> {
        self.credentials().token
    }

    /// The root cause.
    ///
    /// ```
    /// use wukongim_auth::{Cause, Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// match error.cause() {
    ///     Cause::NotIssued => println!("the client was faster than the business server"),
    ///     other => println!("{other}"),
    /// }
    /// ```
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The cause's [`label`](Cause::label), which is stable, for metrics and alerts.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert_eq!(error.label(), "not_issued"); // in docs/labels-and-events.md
    /// ```
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.0.cause.label()
    }

    /// When the client was rejected, by the time passed to the verifier.
    #[must_use]
    pub fn refused_at(&self) -> Timestamp {
        self.0.refused_at
    }

    /// What to do about it, in English unless [`Fix::in_language`] chooses another language.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert!(error.fix().to_string().contains("POST /user/token"));
    /// ```
    #[must_use]
    pub fn fix(&self) -> Fix<'_> {
        let Credentials {
            device_flag, facts, ..
        } = self.credentials();
        Fix::new(Context {
            cause: &self.0.cause,
            device_flag,
            facts,
        })
    }

    /// What to do with the connection. A diagnosis does not change it.
    ///
    /// ```
    /// use wukongim_auth::frame::ReasonCode;
    /// use wukongim_auth::{Credentials, DeviceFlag, Disposition, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// match error.disposition() {
    ///     Disposition::Reject(reason) => assert_eq!(reason, ReasonCode::AuthFail),
    ///     _ => println!("close without an answer"),
    /// }
    /// ```
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        self.0.disposition
    }

    /// Shows this error with both tokens in clear. **For debugging only**: anyone who reads the
    /// expected token can connect as this user. Of a token with more than 64 characters, only the
    /// first 64 and the fingerprint are shown.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag, MemoryStore, Timestamp, verify};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// let error = verify(&MemoryStore::new(), &credentials, Timestamp::now()).unwrap_err();
    /// assert!(!error.to_string().contains("s3cret"));
    /// assert!(error.revealed().to_string().contains("s3cret"));
    /// ```
    #[must_use]
    pub fn revealed(&self) -> Revealed<'_> {
        Revealed(self.report(true))
    }

    fn report(&self, reveal: bool) -> Report<'_> {
        Report {
            credentials: self.credentials(),
            device_level: self.device_level(),
            expected: self.expected_token(),
            cause: &self.0.cause,
            diagnosed: !self.0.stage.is_diagnosable(),
            fix: self.fix(),
            reveal,
        }
    }

    pub(crate) fn record(&self) -> Option<&TokenRecord> {
        self.0.record.as_ref()
    }

    pub(crate) fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Stores the result of a diagnosis. `None` keeps the verdict's cause.
    pub(crate) fn diagnosed(&mut self, cause: Option<Cause>) {
        if let Some(cause) = cause {
            self.0.cause = cause;
        }
        self.0.stage = Stage::Final;
    }
}

/// Writes one line. `{:#}` adds the fix and the store's error below it.
impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report(false).fmt(f)?;
        explain(f, self.fix(), self.source())
    }
}

/// The same line as `Display`, because an error printed by `unwrap` must not show more.
impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyError({self})")
    }
}

impl Error for VerifyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .store_error()
            .map(|error| -> &(dyn Error + 'static) { &**error })
    }
}

impl Serialize for VerifyError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.report(false).serialize(serializer)
    }
}
