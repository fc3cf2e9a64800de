//! Why a request of the business server is refused.

use crate::device::{DeviceFlags, Numbers};

/// A request that registers or clears nothing. Answer it with 400 and this text.
///
/// ```
/// use wukongim_auth::provision::ProvisionError;
///
/// let error = ProvisionError::TooLong { member: "token", len: 9000, max: 8169 };
/// assert_eq!(error.to_string(), "token has 9000 bytes, and CONNECT has room for 8169");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// No uid.
    #[error("uid must not be empty")]
    EmptyUid,
    /// A uid with `@`, `#` or `&`.
    #[error("uid must not contain @, # or &")]
    ReservedInUid,
    /// A uid with control characters.
    #[error("uid must not contain control characters")]
    InvalidUid,
    /// No token, or a blank one.
    #[error("token must not be empty")]
    EmptyToken,
    /// A uid or token that no client could present: a CONNECT with it is longer than what is accepted
    /// before authentication, or it is longer than any string of the protocol.
    #[error("{member} has {len} bytes, and CONNECT has room for {max}")]
    TooLong {
        /// The member of the request: `uid` or `token`.
        member: &'static str,
        /// Its length in bytes.
        len: usize,
        /// How long it may be; a token, beside this uid.
        max: usize,
    },
    /// The system account's token cannot be set.
    #[error("the system account has no token to be set")]
    SystemAccount,
    /// A device flag that clients may not use.
    #[error("device_flag {number} is not one that clients may use: {}", Numbers(*.allowed, ", "))]
    DeviceFlag {
        /// The number in the request.
        number: i64,
        /// What clients may use.
        allowed: DeviceFlags,
    },
    /// A device flag to quit that is neither −1 nor a byte.
    #[error("device_flag {0} is neither -1 nor 0 to 255")]
    QuitFlag(i64),
    /// A device level that is neither 0 nor 1.
    #[error("device_level {0} is neither 0 (slave) nor 1 (master)")]
    DeviceLevel(i64),
}
