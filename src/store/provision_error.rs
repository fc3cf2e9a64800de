//! Errors of the business server's requests.

use crate::device::{DeviceFlags, Numbers};

/// A provisioning request that was rejected. Nothing was changed; answer with status 400 and this
/// text.
///
/// ```
/// use wukongim_auth::provision::ProvisionError;
///
/// let error = ProvisionError::TooLong { member: "token", len: 9000, max: 8169 };
/// assert_eq!(error.to_string(), "token has 9000 bytes, but CONNECT has room for 8169");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// The uid is empty.
    #[error("uid must not be empty")]
    EmptyUid,
    /// The uid contains `@`, `#` or `&`.
    #[error("uid must not contain @, # or &")]
    ReservedInUid,
    /// The uid contains a control character.
    #[error("uid must not contain control characters")]
    InvalidUid,
    /// The token is empty or only whitespace.
    #[error("token must not be empty")]
    EmptyToken,
    /// No client could present this uid or token: its CONNECT would exceed your limit before
    /// authentication, or the string exceeds the protocol's maximum.
    #[error("{member} has {len} bytes, but CONNECT has room for {max}")]
    TooLong {
        /// The member of the request: `uid` or `token`.
        member: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The maximum length. For a token, it depends on the uid beside it.
        max: usize,
    },
    /// No token can be set for the system account.
    #[error("the system account has no token to be set")]
    SystemAccount,
    /// Clients may not use this device flag.
    #[error("device_flag {number} is not one that clients may use: {}", Numbers(*.allowed, ", "))]
    DeviceFlag {
        /// The number in the request.
        number: i64,
        /// The flags that clients may use.
        allowed: DeviceFlags,
    },
    /// The device flag to quit is neither −1 nor a byte.
    #[error("device_flag {0} is neither -1 nor 0 to 255")]
    QuitFlag(i64),
    /// The device level is neither 0 nor 1.
    #[error("device_level {0} is neither 0 (slave) nor 1 (master)")]
    DeviceLevel(i64),
}
