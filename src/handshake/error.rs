//! A handshake that let nobody in, whatever the reason.

use alloc::string::{String, ToString};
use core::error::Error;
use core::fmt;

use crate::device::DeviceFlag;
use crate::escape::Quoted;
use crate::handshake::accept_error::AcceptError;
use crate::refusal::{Disposition, Fix, VerifyError, explain};

/// Why [`Handshake::answer`](crate::Handshake::answer) let nobody in.
///
/// One line in a log, and all there is to say about it with `{:#}`: the fix, and the store's own
/// error, whose words are the host's to vouch for. Ours show no token. All of it is for the operator.
///
/// ```
/// use wukongim_auth::{DeviceFlag, HandshakeError, AcceptError};
///
/// let refused = AcceptError::ClientKeyMissing;
/// let error = HandshakeError::NotAccepted { uid: "alice".into(), device_flag: DeviceFlag::Web, refused };
/// assert_eq!(
///     format!("{error:#}"),
///     "handshake fail: the client sent no key, and session keys are required; uid=\"alice\" deviceFlag=WEB\n  \
///      fix: Use an SDK that sends its public key in CONNECT, as the official binary ones do, or let clients in without keys (KeyPolicy::IfOffered).",
/// );
/// ```
#[non_exhaustive]
pub enum HandshakeError {
    /// The client was not verified: refused, or the store could not tell.
    NotVerified(VerifyError),
    /// The token was right, and the client is not accepted all the same.
    NotAccepted {
        /// The user.
        uid: String,
        /// The kind of device.
        device_flag: DeviceFlag,
        /// Why not.
        refused: AcceptError,
    },
}

impl HandshakeError {
    pub(crate) fn not_accepted(uid: &str, device_flag: DeviceFlag, refused: AcceptError) -> Self {
        HandshakeError::NotAccepted {
            uid: uid.to_string(),
            device_flag,
            refused,
        }
    }

    /// What to do with the connection; the refusal, where there is one, has been written already.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            HandshakeError::NotVerified(error) => error.disposition(),
            HandshakeError::NotAccepted { refused, .. } => refused.disposition(),
        }
    }

    /// What to do about it; in English until [`Fix::in_language`] says otherwise.
    pub fn fix(&self) -> Fix<'_> {
        match self {
            HandshakeError::NotVerified(error) => error.fix(),
            HandshakeError::NotAccepted { refused, .. } => Fix::of_refused(*refused),
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
                refused,
            } => {
                let uid = Quoted(uid);
                write!(
                    f,
                    "handshake fail: {refused}; uid={uid} deviceFlag={device_flag}"
                )?;
                explain(f, self.fix(), None)
            }
        }
    }
}

/// The same line as `Display`: an error printed by `unwrap` must not show more.
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
