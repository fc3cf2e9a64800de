//! The consequence of an error for the connection.

use crate::refusal::cause::Cause;
use crate::wire::ReasonCode;

/// What to do with a connection that was not accepted.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::{Credentials, DeviceFlag, Disposition, Timestamp, verify_record};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = verify_record(&credentials, None, Timestamp::now()).unwrap_err();
/// match error.disposition() {
///     Disposition::Reject(reason) => assert_eq!(reason, ReasonCode::AuthFail),
///     other => panic!("{other:?}: only for store failures"),
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// Write the refusal, flush it and close the connection. SDKs stop and do not retry.
    Reject(ReasonCode),
    /// Close the connection without a CONNACK, so that SDKs retry after a while. Used for failures
    /// that are not the client's fault.
    CloseForRetry,
}

impl Disposition {
    pub(crate) fn of(cause: &Cause, reveals_not_issued: bool) -> Self {
        match cause {
            Cause::Store(_) => Disposition::CloseForRetry,
            Cause::NotIssued if reveals_not_issued => Disposition::CloseForRetry,
            _ => Disposition::Reject(ReasonCode::AuthFail),
        }
    }
}
