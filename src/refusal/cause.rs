//! Why a client was refused.

use core::fmt;

use crate::device::{DeviceFlags, Numbered, Numbers};
use crate::refusal::alteration::Alteration;
use crate::store::BoxError;
use crate::time::Timestamp;

/// The root cause of a rejection, reported only if it is certain.
///
/// For the operator: shown to the peer, a cause tells an attacker which guess was nearer. If several
/// fit, what the token itself proves goes before what is registered: a token of another flag, or an
/// altered one, is named as such even if this flag's was revoked.
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
    /// The device flag is not one that clients may use here.
    UnknownDeviceFlag {
        /// The number that came.
        number: u8,
        /// The flags that the [`Verifier`](crate::Verifier) allows.
        allowed: DeviceFlags,
    },
    /// The token is empty or nothing but whitespace.
    EmptyToken,
    /// The token store lookup failed; nothing is known about the client.
    Store(BoxError),
    /// What is registered was revoked.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// The token is the registered one, and has ended.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The token was replaced by rotation, and the overlap is over.
    Superseded {
        /// The last moment at which it was accepted.
        at: Timestamp,
    },
    /// The token is the one for the manager API.
    ManagerToken,
    /// The token is valid for other device flags of this user.
    IssuedForOtherFlag {
        /// For which.
        issued_for: DeviceFlags,
    },
    /// The token is the registered one, changed on its way.
    Altered {
        /// What happened to it.
        how: Alteration,
    },
    /// The token is a placeholder, such as `undefined`, `[object Object]` or `${token}`.
    Placeholder,
    /// The user's other flags could not be looked up, and the remaining candidates are listed.
    Ambiguous {
        /// The [labels](Self::label) of the causes that the known facts allow.
        candidates: &'static [&'static str],
        /// Why the lookup failed.
        error: BoxError,
    },
    /// Nothing is registered for this device flag, but for others of this user.
    NotIssuedForFlag {
        /// For which.
        issued_for: DeviceFlags,
    },
    /// Nothing is registered for this uid and device flag.
    NotIssued,
    /// A token is registered, and it is another one.
    Mismatch,
}

impl Cause {
    /// A stable word for metrics and alerts.
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

/// One line, without the text of a store's error.
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
            Cause::EmptyToken => f.write_str("the token is empty or blank"),
            Cause::Store(_) => f.write_str("the token store could not tell"),
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
                    "the token was replaced by a newer one, and accepted until {at}"
                )
            }
            Cause::ManagerToken => f.write_str("the token is the manager's, not a user's"),
            Cause::IssuedForOtherFlag { issued_for } => {
                write!(
                    f,
                    "the token was issued for another device flag: {issued_for}"
                )
            }
            Cause::Altered { how } => write!(f, "the token is the registered one {how}"),
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

/// The label and the line of [`Display`](fmt::Display): the store's error stays out, it may hold
/// what must not be printed.
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({}: {self})", self.label())
    }
}
