//! An accepted connection.

use crate::handshake::protocol::Protocol;
#[cfg(feature = "session")]
use crate::handshake::session_keys::SessionKeys;
use crate::verify::Verified;

/// An accepted connection: who is connected, until when, and the keys for its messages.
///
/// ```
/// use wukongim_auth::{Session, Timestamp};
///
/// /// Whether the session's token has expired since it was accepted.
/// fn is_over(session: &Session, now: Timestamp) -> bool {
///     session.verified().expires_at().is_some_and(|end| end < now)
/// }
/// ```
#[derive(Debug)]
#[must_use = "it holds the proof and the keys that the rest of the session needs"]
pub struct Session {
    pub(crate) verified: Verified,
    pub(crate) version: u8,
    pub(crate) protocol: Protocol,
    #[cfg_attr(not(feature = "session"), allow(dead_code, reason = "there are none"))]
    pub(crate) keys: AgreedKeys,
}

/// The session keys, if any were agreed.
#[cfg(feature = "session")]
pub(crate) type AgreedKeys = Option<SessionKeys>;
#[cfg(not(feature = "session"))]
pub(crate) type AgreedKeys = ();

impl Session {
    /// Who is connected, and until when.
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The protocol version that both sides speak.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The protocol that the client speaks.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The keys for the session's messages, if any were agreed.
    ///
    /// ```
    /// use wukongim_auth::Session;
    ///
    /// /// What your AES-128-CBC takes; `None` for clients without session keys.
    /// fn key_and_iv(session: &Session) -> Option<([u8; 16], [u8; 16])> {
    ///     let keys = session.keys()?;
    ///     Some((*keys.expose_aes_key(), *keys.expose_aes_iv()))
    /// }
    /// ```
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn keys(&self) -> Option<&SessionKeys> {
        self.keys.as_ref()
    }
}
