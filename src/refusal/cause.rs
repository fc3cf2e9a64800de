//! Causes of rejections.

use core::fmt;

use crate::device::{DeviceFlags, Numbered, Numbers};
use crate::refusal::alteration::Alteration;
use crate::store::BoxError;
use crate::time::Timestamp;

/// The root cause of a rejection, reported only if it is certain.
///
/// Show it to the operator only: a cause would tell an attacker which guess was closer. If several
/// causes apply, what the token itself proves takes precedence over what is registered: a token of
/// another flag, or an altered one, is reported as such even if this flag's token was revoked.
///
/// ```
/// use wukongim_auth::{Cause, VerifyError};
///
/// /// Whether the token used to be valid.
/// fn was_the_users(error: &VerifyError) -> bool {
///     matches!(error.cause(), Cause::Expired { .. } | Cause::Superseded { .. })
/// }
/// ```
#[non_exhaustive]
pub enum Cause {
    /// The uid is empty.
    EmptyUid,
    /// The uid contains a control character.
    InvalidUid,
    /// Clients may not use this device flag.
    UnknownDeviceFlag {
        /// The number that the client sent.
        number: u8,
        /// The flags that the [`Verifier`](crate::Verifier) allows.
        allowed: DeviceFlags,
    },
    /// The token is empty or only whitespace.
    EmptyToken,
    /// The token store lookup failed; nothing is known about the client.
    Store(BoxError),
    /// The registered token was revoked.
    Revoked {
        /// When it was revoked.
        at: Timestamp,
    },
    /// The token is the registered one, but has expired.
    Expired {
        /// When it expired.
        at: Timestamp,
    },
    /// The token was superseded at rotation, and the overlap is over.
    Superseded {
        /// The last moment at which it was accepted.
        at: Timestamp,
    },
    /// The token is the manager API's.
    ManagerToken,
    /// The token is valid for other device flags of this user.
    IssuedForOtherFlag {
        /// The flags for which it is valid.
        issued_for: DeviceFlags,
    },
    /// The token is the registered one, but was changed on its way.
    Altered {
        /// How it was changed.
        how: Alteration,
    },
    /// The token is a placeholder, such as `undefined`, `[object Object]` or `${token}`.
    Placeholder,
    /// The user's other flags could not be looked up. The remaining candidates are listed.
    Ambiguous {
        /// The [labels](Self::label) of the causes that the known facts allow.
        candidates: &'static [&'static str],
        /// Why the lookup failed.
        error: BoxError,
    },
    /// No token is registered for this device flag, but for other flags of this user.
    NotIssuedForFlag {
        /// The flags with a token.
        issued_for: DeviceFlags,
    },
    /// No token is registered for this uid and device flag.
    NotIssued,
    /// Another token is registered.
    Mismatch,
}

impl Cause {
    /// A stable label for metrics and alerts.
    ///
    /// ```
    /// assert_eq!(wukongim_auth::Cause::NotIssued.label(), "not_issued");
    /// ```
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Cause::EmptyUid => "empty_uid",
            Cause::InvalidUid => "invalid_uid",
            Cause::UnknownDeviceFlag { .. } => "unknown_device_flag",
            Cause::EmptyToken => "empty_token",
            Cause::Store(_) => "store",
            Cause::Revoked { .. } => "revoked",
            Cause::Expired { .. } => "expired",
            Cause::Superseded { .. } => "superseded",
            Cause::ManagerToken => "manager_token",
            Cause::IssuedForOtherFlag { .. } => "issued_for_other_flag",
            Cause::Altered { .. } => "altered",
            Cause::Placeholder => "placeholder",
            Cause::Ambiguous { .. } => "ambiguous",
            Cause::NotIssuedForFlag { .. } => "not_issued_for_flag",
            Cause::NotIssued => "not_issued",
            Cause::Mismatch => "mismatch",
        }
    }

    /// The store's error, if there is one.
    pub(crate) fn store_error(&self) -> Option<&BoxError> {
        match self {
            Cause::Store(error) | Cause::Ambiguous { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// Writes one line, without the store's error.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::EmptyUid => f.write_str("the uid is empty"),
            Cause::InvalidUid => f.write_str("the uid contains a control character"),
            Cause::UnknownDeviceFlag { number, allowed } => {
                let (number, allowed) = (Numbered((*number).into()), Numbers(*allowed, ", "));
                write!(
                    f,
                    "device flag {number} is not one of those allowed: {allowed}"
                )
            }
            Cause::EmptyToken => f.write_str("the token is empty or only whitespace"),
            Cause::Store(_) => f.write_str("the token store lookup failed"),
            Cause::Revoked { at } => {
                write!(
                    f,
                    "the token of this uid and device flag was revoked at {at}"
                )
            }
            Cause::Expired { at } => write!(f, "the token expired at {at}"),
            Cause::Superseded { at } => {
                write!(
                    f,
                    "the token was superseded at rotation and accepted until {at}"
                )
            }
            Cause::ManagerToken => f.write_str("the token is the manager's, not a user's"),
            Cause::IssuedForOtherFlag { issued_for } => {
                write!(
                    f,
                    "the token was issued for another device flag: {issued_for}"
                )
            }
            Cause::Altered { how } => write!(f, "the token is the registered one, {how}"),
            Cause::Placeholder => {
                f.write_str("the token is a placeholder, such as undefined or ${token}")
            }
            Cause::Ambiguous { candidates, .. } => {
                f.write_str("the other device flags could not be looked up; possible causes: ")?;
                candidates
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, label)| {
                        let comma = if index > 0 { ", " } else { "" };
                        write!(f, "{comma}{label}")
                    })
            }
            Cause::NotIssuedForFlag { issued_for } => {
                write!(
                    f,
                    "no token is registered for this device flag, only for {issued_for}"
                )
            }
            Cause::NotIssued => f.write_str("no token is registered for this uid and device flag"),
            Cause::Mismatch => f.write_str("the token is not the registered one"),
        }
    }
}

/// Shows the label and the line of [`Display`](fmt::Display). The store's error is left out,
/// because it may contain secrets.
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({}: {self})", self.label())
    }
}
