//! The error of a handshake in which the client was not accepted, whatever the reason.

use alloc::string::{String, ToString};
use core::error::Error;
use core::fmt;

use crate::device::DeviceFlag;
use crate::escape::Quoted;
use crate::handshake::accept_error::AcceptError;
use crate::refusal::{Disposition, Fix, VerifyError, explain};

/// The reason why [`Handshake::answer`](crate::Handshake::answer) did not accept the client.
///
/// `Display` writes one line for your log. `{:#}` adds the fix and your store's errors. This
/// crate's texts contain no token; you are responsible for your store's. All of it is meant for the
/// operator, not for the client.
///
/// ```
/// use wukongim_auth::session::AcceptError;
/// use wukongim_auth::{DeviceFlag, HandshakeError};
///
/// let error = HandshakeError::NotAccepted {
///     uid: "alice".into(),
///     device_flag: DeviceFlag::Web,
///     error: AcceptError::ClientKeyMissing,
/// };
/// assert_eq!(
///     format!("{error:#}"),
///     "handshake fail: the client sent no key, and session keys are required; uid=\"alice\" deviceFlag=WEB\n  \
///      fix: Use an SDK that sends its public key in CONNECT, as the official binary SDKs do, or accept clients without keys (KeyPolicy::IfOffered).",
/// );
/// assert_eq!(error.label(), "client_key_missing");
/// ```
#[non_exhaustive]
pub enum HandshakeError {
    /// The client was not verified: it was rejected, or the store failed.
    NotVerified(VerifyError),
    /// The token was valid but the connection could not be accepted.
    NotAccepted {
        /// The user.
        uid: String,
        /// The kind of device.
        device_flag: DeviceFlag,
        /// The reason.
        error: AcceptError,
    },
}

impl HandshakeError {
    /// Out of line, because few handshakes end here.
    #[cold]
    pub(crate) fn not_accepted(uid: &str, device_flag: DeviceFlag, error: AcceptError) -> Self {
        HandshakeError::NotAccepted {
            uid: uid.to_string(),
            device_flag,
            error,
        }
    }

    /// A stable label for metrics: that of the [`Cause`](crate::Cause) or of the [`AcceptError`].
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            HandshakeError::NotVerified(error) => error.label(),
            HandshakeError::NotAccepted { error, .. } => error.label(),
        }
    }

    /// What to do with the connection. If there is a refusal, it has already been written.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            HandshakeError::NotVerified(error) => error.disposition(),
            HandshakeError::NotAccepted { error, .. } => error.disposition(),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> Fix<'_> {
        match self {
            HandshakeError::NotVerified(error) => error.fix(),
            HandshakeError::NotAccepted { error, .. } => error.fix(),
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandshakeError::NotVerified(error) => error.fmt(f),
            HandshakeError::NotAccepted {
                uid,
                device_flag,
                error,
            } => {
                let uid = Quoted(uid);
                write!(
                    f,
                    "handshake fail: {error}; uid={uid} deviceFlag={device_flag}"
                )?;
                explain(f, self.fix(), None)
            }
        }
    }
}

/// The same line as `Display`, because an error printed by `unwrap` must not show more.
impl fmt::Debug for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandshakeError({self})")
    }
}

impl Error for HandshakeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            HandshakeError::NotVerified(error) => error.source(),
            HandshakeError::NotAccepted { .. } => None,
        }
    }
}

impl From<VerifyError> for HandshakeError {
    fn from(error: VerifyError) -> Self {
        HandshakeError::NotVerified(error)
    }
}
