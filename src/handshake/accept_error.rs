//! A verified client that is not accepted.

#[cfg(feature = "session")]
use crate::handshake::session_keys::KeyError;
use crate::refusal::Disposition;
use crate::token::RandomError;
use crate::wire::ReasonCode;
use crate::wire::frame::EncodeError;

/// A client whose token was right, and who is not accepted all the same.
///
/// ```
/// use wukongim_auth::{Disposition, ReasonCode, AcceptError};
///
/// let refused = AcceptError::ClientKeyMissing;
/// assert_eq!(refused.to_string(), "the client sent no key, and session keys are required");
/// assert_eq!(refused.disposition(), Disposition::Reject(ReasonCode::ClientKeyIsEmpty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The client sent no public key, and keys are required.
    #[error("the client sent no key, and session keys are required")]
    ClientKeyMissing,
    /// The client's public key is not 32 bytes of canonical base64, or a low-order point.
    #[error("the client's key is not a usable X25519 key in base64")]
    ClientKeyInvalid,
    /// The proof is about another user or kind of device: a mistake of the host's.
    #[error("the proof is about another user or device than the handshake")]
    OtherPeer,
    /// No random numbers for keys or salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The reply could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl AcceptError {
    /// What to do with the connection; the refusal itself has been written already.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        match self {
            AcceptError::ClientKeyMissing => Disposition::Reject(ReasonCode::ClientKeyIsEmpty),
            AcceptError::ClientKeyInvalid => Disposition::Reject(ReasonCode::AuthFail),
            AcceptError::OtherPeer | AcceptError::Random(_) | AcceptError::Encode(_) => {
                Disposition::CloseForRetry
            }
        }
    }
}

#[cfg(feature = "session")]
impl From<KeyError> for AcceptError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Invalid => AcceptError::ClientKeyInvalid,
            KeyError::Random(failed) => AcceptError::Random(failed),
        }
    }
}
