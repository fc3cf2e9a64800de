//! A client's CONNECT and the answer to it.

use bytes::BufMut;
use ring::rand::SecureRandom;

use crate::credentials::Credentials;
use crate::disposition::Disposition;
use crate::error::VerifyError;
use crate::frame::{Connack, Connect, EncodeError, Frame};
use crate::reason::ReasonCode;
#[cfg(feature = "session")]
use crate::session::{Agreement, KeyError, SessionKeys};
use crate::time::Timestamp;
use crate::token::RandomFailed;
use crate::verified::Verified;

/// The newest protocol version that this crate speaks.
const SERVER_VERSION: u8 = 6;

/// Clients below this version do not know the server version, and would read every field behind
/// it shifted (PROTOCOL §3).
const SERVER_VERSION_SINCE: u8 = 4;

/// A decoded CONNECT that waits for its answer: look at [`credentials`](Self::credentials), then
/// [`accept`](Self::accept) or [`reject`](Self::reject).
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    connect: Connect<'a>,
}

impl<'a> Handshake<'a> {
    pub(crate) const fn new(connect: Connect<'a>) -> Self {
        Handshake { connect }
    }

    /// What is to be verified.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'a> {
        let Connect {
            uid,
            device_flag,
            device_id,
            token,
            ..
        } = self.connect;
        Credentials::new(uid, device_flag, token).with_device_id(device_id)
    }

    /// The version of the session: the client's, or ours where that is smaller.
    #[must_use]
    pub fn session_version(&self) -> u8 {
        self.connect.version.min(SERVER_VERSION)
    }

    /// Writes the success reply into `out`. Session keys are agreed here, after the token was
    /// verified: a refusal must not cost the host a key agreement.
    ///
    /// # Errors
    /// [`Refused`]: the refusal has been written in place of the reply, if the error's
    /// [`disposition`](Refused::disposition) is one to be written, and the connection is to be
    /// closed.
    pub fn accept(
        self,
        verified: Verified,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, Refused> {
        let accepted = self.try_accept(verified, options, random, out);
        if let Err(Disposition::Reject(reason)) = accepted.as_ref().map_err(Refused::disposition) {
            self.write_refusal(reason, out);
        }
        accepted
    }

    /// Writes the refusal into `out`, where there is one to be written: the same bytes for every
    /// cause. Flush it, close the connection.
    ///
    /// Nothing is written either where `out` has no room; the connection then closes without an
    /// answer.
    pub fn reject(self, error: &VerifyError, out: &mut impl BufMut) -> Disposition {
        let disposition = error.disposition();
        if let Disposition::Reject(reason) = disposition {
            self.write_refusal(reason, out);
        }
        disposition
    }

    fn try_accept(
        &self,
        verified: Verified,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, Refused> {
        let Connect {
            uid,
            device_flag,
            client_timestamp,
            ..
        } = self.connect;
        if !verified.is_about(uid, device_flag) {
            return Err(Refused::OtherPeer);
        }
        let version = self.session_version();
        let connack = Connack {
            time_diff: options.now.as_millis().wrapping_sub(client_timestamp),
            node_id: options.node_id,
            server_version: known_by(version),
            ..Connack::new(ReasonCode::Success)
        };
        #[cfg(feature = "session")]
        let agreement = self.agree(options.keys, random)?;
        #[cfg(feature = "session")]
        let connack = match &agreement {
            Some(agreed) => Connack {
                server_key: agreed.server_key(),
                salt: agreed.salt(),
                ..connack
            },
            None => connack,
        };
        #[cfg(not(feature = "session"))]
        let _ = random;
        Frame::from(connack).encode(version, out)?;
        Ok(Session {
            verified,
            version,
            #[cfg(feature = "session")]
            keys: agreement.map(|agreed| agreed.keys),
        })
    }

    #[cfg(feature = "session")]
    fn agree(
        &self,
        policy: KeyPolicy,
        random: &dyn SecureRandom,
    ) -> Result<Option<Agreement>, Refused> {
        match (policy, self.connect.client_key) {
            (KeyPolicy::Never, _) | (KeyPolicy::IfOffered, "") => Ok(None),
            (KeyPolicy::Required, "") => Err(Refused::ClientKeyMissing),
            (_, client_key) => Ok(Some(Agreement::with(client_key, random)?)),
        }
    }

    /// Without the node's id: a refused peer learns nothing, not even which node it reached.
    fn write_refusal(&self, reason: ReasonCode, out: &mut impl BufMut) {
        let version = self.session_version();
        let refusal = Connack {
            server_version: known_by(version),
            ..Connack::new(reason)
        };
        // Where there is no room, closing is all that is left, and the caller does that anyway.
        let _ = Frame::from(refusal).encode(version, out);
    }
}

/// The server version, for sessions whose clients know the field.
fn known_by(version: u8) -> Option<u8> {
    (version >= SERVER_VERSION_SINCE).then_some(version)
}

/// How connections are accepted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AcceptOptions {
    /// The time, for the CONNACK's time diff.
    pub now: Timestamp,
    /// The server's node; sent to clients of version 4 and later.
    pub node_id: u64,
    /// Whether session keys are agreed.
    #[cfg(feature = "session")]
    pub keys: KeyPolicy,
}

impl AcceptOptions {
    /// Node 0; session keys are required, where the feature `session` is on.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        AcceptOptions {
            now,
            node_id: 0,
            #[cfg(feature = "session")]
            keys: KeyPolicy::Required,
        }
    }

    /// Names the server's node.
    #[must_use]
    pub const fn with_node_id(mut self, node_id: u64) -> Self {
        self.node_id = node_id;
        self
    }

    /// Says whether session keys are agreed.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn with_keys(mut self, keys: KeyPolicy) -> Self {
        self.keys = keys;
        self
    }
}

/// Whether session keys are agreed with a client.
#[cfg(feature = "session")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPolicy {
    /// A client without a key is refused with reason 21.
    #[default]
    Required,
    /// A client without a key is accepted without keys.
    IfOffered,
    /// No keys. The JS SDK does not take that for a success: it reconnects for ever.
    Never,
}

/// A connection that was accepted.
#[derive(Debug)]
#[must_use = "it holds the proof and the keys that the rest of the session needs"]
pub struct Session {
    verified: Verified,
    version: u8,
    #[cfg(feature = "session")]
    keys: Option<SessionKeys>,
}

impl Session {
    /// Who is connected, and until when.
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The version that both sides speak.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The keys for the session's messages, where any were agreed.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn keys(&self) -> Option<&SessionKeys> {
        self.keys.as_ref()
    }
}

/// A client whose token was right, and who is not accepted all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
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
    Random(#[from] RandomFailed),
    /// The reply could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Refused {
    /// What to do with the connection; the refusal itself has been written already.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        match self {
            Refused::ClientKeyMissing => Disposition::Reject(ReasonCode::ClientKeyIsEmpty),
            Refused::ClientKeyInvalid => Disposition::Reject(ReasonCode::AuthFail),
            Refused::OtherPeer | Refused::Random(_) | Refused::Encode(_) => {
                Disposition::CloseForRetry
            }
        }
    }
}

#[cfg(feature = "session")]
impl From<KeyError> for Refused {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Invalid => Refused::ClientKeyInvalid,
            KeyError::Random(failed) => Refused::Random(failed),
        }
    }
}
