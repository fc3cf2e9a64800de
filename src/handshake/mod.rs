//! A client's request to connect, and the answer to it.

mod accept_error;
mod acceptor;
mod error;
mod options;
mod protocol;
mod reply;
mod request;
mod session;
#[cfg(feature = "session")]
mod session_keys;

pub use accept_error::AcceptError;
pub use acceptor::{Acceptor, ConnectRequest};
pub use error::HandshakeError;
pub use options::AcceptOptions;
#[cfg(feature = "session")]
pub use options::KeyPolicy;
pub use protocol::Protocol;
pub use session::Session;
#[cfg(feature = "session")]
pub use session_keys::SessionKeys;

use bytes::BufMut;
use ring::rand::SecureRandom;

use crate::credentials::Credentials;
use crate::handshake::reply::Success;
use crate::handshake::request::Request;
#[cfg(feature = "session")]
use crate::handshake::session_keys::Agreement;
use crate::refusal::{Disposition, VerifyError};
use crate::verify::Verified;
use crate::wire::ReasonCode;
use crate::wire::frame::EncodeError;

/// The newest protocol version that this crate speaks.
const SERVER_VERSION: u8 = 6;

/// A decoded request to connect that waits for its answer: check
/// [`credentials`](Self::credentials), then [`answer`](Self::answer) with what came of it.
///
/// `Debug` shows no token. Every way to answer takes the handshake, so that it is answered once; a
/// clone is another one, and answering both is the host's mistake.
///
/// ```
/// use wukongim_auth::{AcceptOptions, Handshake, HandshakeError, MemoryStore, Session};
/// use wukongim_auth::{SystemRandom, Timestamp, verify};
///
/// /// Send `reply`, if there is any; then go on with the session, or log the error with `{:#}`
/// /// and close.
/// fn answer(
///     handshake: Handshake<'_>,
///     store: &MemoryStore,
///     reply: &mut Vec<u8>,
/// ) -> Result<Session, HandshakeError> {
///     let now = Timestamp::now();
///     let verdict = verify(store, &handshake.credentials(), now);
///     handshake.answer(verdict, &AcceptOptions::new(now), &SystemRandom::new(), reply)
/// }
/// ```
///
/// ```compile_fail,E0382
/// # use wukongim_auth::{AcceptOptions, Handshake, SecureRandom, Verified};
/// # fn twice(handshake: Handshake<'_>, [a, b]: [Verified; 2], options: &AcceptOptions, random: &dyn SecureRandom) {
/// let mut out = Vec::new();
/// let _ = handshake.accept(a, options, random, &mut out);
/// let _ = handshake.accept(b, options, random, &mut out); // it has been answered
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handshake<'a>(Request<'a>);

impl<'a> Handshake<'a> {
    pub(crate) const fn new(request: Request<'a>) -> Self {
        Handshake(request)
    }

    /// What is to be verified. A JSON-RPC client that named no device flag counts as APP, and the
    /// facts say so.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        self.0.credentials()
    }

    /// The protocol that the client speaks. Over a WebSocket a JSON-RPC client is to be answered in a
    /// text message, a client of the binary protocol in a binary one.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    /// The version of the session: the client's, or ours where that is smaller.
    #[must_use]
    pub fn session_version(&self) -> u8 {
        self.0.version().min(SERVER_VERSION)
    }

    /// Answers a verdict: lets in who was verified ([`accept`](Self::accept)), turns away who was not
    /// ([`reject`](Self::reject)).
    ///
    /// # Errors
    /// [`HandshakeError`] where nobody is let in. What the client is to be told has been written, if
    /// `out` has room, and is to be sent before the connection is closed. Where nothing was added to
    /// `out`, closing without a word is the answer.
    pub fn answer(
        self,
        verdict: Result<Verified, VerifyError>,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, HandshakeError> {
        match verdict {
            Ok(verified) => {
                let (uid, device_flag) = self.0.peer();
                self.write_acceptance(verified, options, random, out)
                    .map_err(|refused| HandshakeError::not_accepted(uid, device_flag, refused))
            }
            Err(error) => {
                self.reject(&error, out);
                Err(error.into())
            }
        }
    }

    /// Writes the success reply into `out`. Session keys are agreed here, after the token was
    /// verified: a refusal must not cost the host a key agreement. The official binary SDKs need
    /// them, and so the feature `session`: see [`AcceptOptions::new`].
    ///
    /// # Errors
    /// [`AcceptError`]: the refusal has been written in place of the reply, if the error's
    /// [`disposition`](AcceptError::disposition) is one to be written. Send it before you return the
    /// error, or the client does not learn that it is to stop; then close.
    pub fn accept(
        self,
        verified: Verified,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, AcceptError> {
        self.write_acceptance(verified, options, random, out)
    }

    /// Writes the refusal into `out`, where there is one to be written: the same bytes for every
    /// cause. Flush it, close the connection.
    ///
    /// Nothing is written for a fault of the store, nor where `out` has no room: then close without
    /// an answer, over a WebSocket without an empty message too.
    pub fn reject(self, error: &VerifyError, out: &mut impl BufMut) -> Disposition {
        let disposition = error.disposition();
        if let Disposition::Reject(reason) = disposition {
            self.write_refusal(reason, out);
        }
        disposition
    }

    /// Writes the refusal that every refused client gets, where it is the host that will not have
    /// this one: a ban, a full house. The peer cannot tell it from [`reject`](Self::reject), whether
    /// its token was right or not; SDKs stop for good. To have them come back, close without a word.
    ///
    /// Flush it, close the connection.
    pub fn refuse(self, out: &mut impl BufMut) {
        self.write_refusal(ReasonCode::AuthFail, out);
    }

    #[inline(always)]
    fn write_acceptance(
        &self,
        verified: Verified,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, AcceptError> {
        self.try_accept(verified, options, random, out)
            .inspect_err(|refused| {
                if let Disposition::Reject(reason) = refused.disposition() {
                    self.write_refusal(reason, out);
                }
            })
    }

    #[inline(always)]
    fn try_accept(
        &self,
        verified: Verified,
        options: &AcceptOptions,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Session, AcceptError> {
        let (uid, device_flag) = self.0.peer();
        if !verified.is_about(uid, device_flag) {
            return Err(AcceptError::OtherPeer);
        }
        let welcome = Success {
            time_diff: options
                .now
                .as_millis()
                .wrapping_sub(self.0.client_timestamp()),
            node_id: options.node_id,
            ..Success::default()
        };
        #[cfg(feature = "session")]
        let keys = self.welcome_with_keys(welcome, options.keys, random, out)?;
        #[cfg(not(feature = "session"))]
        let _ = random;
        #[cfg(not(feature = "session"))]
        self.write_welcome(welcome, out)?;
        Ok(Session {
            verified,
            version: self.session_version(),
            protocol: self.protocol(),
            #[cfg(feature = "session")]
            keys,
        })
    }

    /// Agrees on keys where the policy says so, and tells the client its half.
    #[cfg(feature = "session")]
    fn welcome_with_keys(
        &self,
        welcome: Success<'_>,
        policy: KeyPolicy,
        random: &dyn SecureRandom,
        out: &mut impl BufMut,
    ) -> Result<Option<SessionKeys>, AcceptError> {
        let Some(client_key) = self.client_key(policy)? else {
            self.write_welcome(welcome, out)?;
            return Ok(None);
        };
        let agreed = Agreement::with(client_key, random)?;
        let welcome = Success {
            server_key: agreed.server_key(),
            salt: agreed.salt(),
            ..welcome
        };
        self.write_welcome(welcome, out)?;
        Ok(Some(agreed.keys))
    }

    /// The client's half, where keys are to be agreed.
    #[cfg(feature = "session")]
    fn client_key(&self, policy: KeyPolicy) -> Result<Option<&str>, AcceptError> {
        match (self.0.client_key(), policy) {
            (None, _) | (_, KeyPolicy::Never) | (Some(""), KeyPolicy::IfOffered) => Ok(None),
            (Some(""), KeyPolicy::Required) => Err(AcceptError::ClientKeyMissing),
            (offered, _) => Ok(offered),
        }
    }

    #[inline(always)]
    fn write_welcome(
        &self,
        welcome: Success<'_>,
        out: &mut impl BufMut,
    ) -> Result<(), EncodeError> {
        let version = self.session_version();
        match &self.0 {
            Request::Wkproto(_) => reply::welcome(version, welcome, out),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => reply::welcome_json(&request.id, version, welcome, out),
        }
    }

    fn write_refusal(&self, reason: ReasonCode, out: &mut impl BufMut) {
        let written = match &self.0 {
            Request::Wkproto(_) => reply::refuse(self.session_version(), reason, out),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => reply::refuse_json(&request.id, reason, out),
        };
        // Where there is no room, closing is all that is left, and the caller does that anyway.
        let _ = written;
    }
}
