//! Why a client was refused.

use core::fmt;

use crate::device::DeviceFlags;
use crate::store::BoxError;
use crate::time::Timestamp;

/// The root cause of a refusal, stated only where the facts prove it.
///
/// For the operator: shown to the peer, a cause tells an attacker which guess was nearer. Where
/// several would fit, what the token itself proves goes before what is registered: a token of
/// another flag, or an altered one, is named as such even where this flag's was revoked.
///
/// ```
/// use wukongim_auth::{Cause, VerifyError};
///
/// /// Whether the token itself was right, once.
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
    /// The device flag is not one that clients use here.
    UnknownDeviceFlag(u8),
    /// The token is empty or nothing but blanks.
    EmptyToken,
    /// The store could not tell; nothing is known about the client.
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
    /// The user's other flags could not be looked up, and this much is left.
    Ambiguous {
        /// The causes that the known facts allow.
        candidates: &'static [Candidate],
        /// Why the look-up failed.
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
            Cause::UnknownDeviceFlag(_) => "unknown_device_flag",
            Cause::EmptyToken => "empty_token",
            Cause::Store(_) => "store",
            Cause::Revoked { .. } => "revoked",
            Cause::Expired { .. } => "expired",
            Cause::Superseded { .. } => "superseded",
            Cause::ManagerToken => "manager_token",
            Cause::IssuedForOtherFlag { .. } => "issued_for_other_flag",
            Cause::Altered { .. } => "altered",
            Cause::Ambiguous { .. } => "ambiguous",
            Cause::NotIssuedForFlag { .. } => "not_issued_for_flag",
            Cause::NotIssued => "not_issued",
            Cause::Mismatch => "mismatch",
        }
    }

    /// The store's error, where there is one.
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
            Cause::UnknownDeviceFlag(number) => {
                write!(f, "device flag {number} is not one that clients use")
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
            Cause::Ambiguous { candidates, .. } => {
                f.write_str("the other device flags could not be looked up; possible causes: ")?;
                candidates
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, candidate)| {
                        let comma = if index > 0 { ", " } else { "" };
                        write!(f, "{comma}{}", candidate.label())
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

/// What happened to a token between being issued and being presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alteration {
    /// A byte order mark stands before it.
    ByteOrderMark,
    /// Blanks or line ends stand around it.
    Blanks,
    /// Quotes stand around it.
    Quotes,
    /// `Bearer ` stands before it, as in an HTTP header.
    Bearer,
    /// It was percent-encoded, as in a URL.
    PercentEncoded,
    /// The letters among its hexadecimal digits have the other case.
    HexCase,
    /// Its end is missing.
    Truncated,
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Alteration::ByteOrderMark => "with a byte order mark before it",
            Alteration::Blanks => "with blanks or line ends around it",
            Alteration::Quotes => "with quotes around it",
            Alteration::Bearer => "with `Bearer ` before it",
            Alteration::PercentEncoded => "in percent-encoding",
            Alteration::HexCase => "with its hexadecimal letters in the other case",
            Alteration::Truncated => "with its end cut off",
        })
    }
}

/// A cause that could not be told from its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Candidate {
    /// See [`Cause::IssuedForOtherFlag`].
    IssuedForOtherFlag,
    /// See [`Cause::Revoked`].
    Revoked,
    /// See [`Cause::NotIssuedForFlag`].
    NotIssuedForFlag,
    /// See [`Cause::NotIssued`].
    NotIssued,
    /// See [`Cause::Mismatch`].
    Mismatch,
}

impl Candidate {
    /// The same word as the cause's.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Candidate::IssuedForOtherFlag => "issued_for_other_flag",
            Candidate::Revoked => "revoked",
            Candidate::NotIssuedForFlag => "not_issued_for_flag",
            Candidate::NotIssued => "not_issued",
            Candidate::Mismatch => "mismatch",
        }
    }
}
