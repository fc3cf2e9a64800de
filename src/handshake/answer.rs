//! The answer to a request: a success for a verified client, a refusal for any other.

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use crate::handshake::accept_error::AcceptError;
use crate::handshake::error::HandshakeError;
use crate::handshake::options::{AcceptOptions, KeyPolicy};
#[cfg(feature = "jsonrpc")]
use crate::handshake::protocol::Protocol;
use crate::handshake::reply::{self, Success};
use crate::handshake::request::Request;
use crate::handshake::session::{AgreedKeys, Session};
#[cfg(feature = "session")]
use crate::handshake::session_keys::Agreement;
use crate::handshake::{Handshake, trace};
use crate::refusal::{Disposition, VerifyError};
use crate::time::Timestamp;
use crate::verify::Verified;
use crate::wire::ReasonCode;
use crate::wire::frame::EncodeError;

/// The initial capacity of a reply. The longest CONNACK, with session keys, fits without growing
/// the buffer.
const MAX_CONNACK: usize = 96;

/// The reply to send to a client, and the outcome of its request.
///
/// Send `reply` first, whatever the outcome, because it tells a rejected client to stop. Then
/// continue with the session, or log the error with `{:#}` and close the connection. The reply is
/// empty if the store failed: closing without a reply makes SDKs retry.
///
/// ```
/// use std::io::{self, Write};
/// use wukongim_auth::{Answer, Session};
///
/// fn conclude(answer: Answer, mut client: impl Write) -> io::Result<Session> {
///     client.write_all(&answer.reply)?;
///     answer.outcome.map_err(io::Error::other)
/// }
/// ```
///
/// `?` does not work on it, so the reply cannot be lost on an error:
///
/// ```compile_fail,E0277
/// # use wukongim_auth::{AcceptOptions, Handshake, HandshakeError, Session, Verified};
/// # fn forgetful(handshake: Handshake<'_>, verified: Verified, options: &AcceptOptions) -> Result<Session, HandshakeError> {
/// let session = handshake.answer(Ok(verified), options)?;
/// # Ok(session)
/// # }
/// ```
///
/// It cannot be dropped unnoticed either:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # use wukongim_auth::{AcceptOptions, Handshake, Verified};
/// # fn silent(handshake: Handshake<'_>, verified: Verified, options: &AcceptOptions) {
/// handshake.answer(Ok(verified), options);
/// # }
/// ```
#[must_use = "send `reply` to the client, whatever the `outcome` is"]
#[non_exhaustive]
pub struct Answer {
    /// The bytes to send. Empty if the connection must be closed without a reply.
    pub reply: Vec<u8>,
    /// The accepted session, or the reason why there is none.
    pub outcome: Result<Session, HandshakeError>,
}

/// Shows only the length of the reply, which may contain the salt of session keys.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("reply_len", &self.reply.len())
            .field("outcome", &self.outcome)
            .finish()
    }
}

impl Handshake<'_> {
    /// Answers with a verdict: accepts a verified client, and rejects any other with the same
    /// bytes, whatever the cause.
    ///
    /// Session keys are agreed here, after the token was verified, so a rejection costs no key
    /// agreement. The time sent to the client is the one that was passed to the verification.
    ///
    /// ```
    /// use wukongim_auth::{AcceptOptions, KeyPolicy, Timestamp, verify};
    /// # use wukongim_auth::{DeviceFlag, Handshake, MemoryStore};
    /// # use wukongim_auth::frame::{Connect, Limits};
    /// # let mut message = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut message).unwrap();
    /// # let (handshake, _) = Handshake::read(&message, Limits::default())?;
    /// # let store = MemoryStore::new();
    ///
    /// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);
    ///
    /// let verdict = verify(&store, &handshake.credentials(), Timestamp::now());
    /// let answer = handshake.answer(verdict, &OPTIONS);
    /// // Send `answer.reply` first. Nobody is registered here, so that it is a rejection:
    /// assert_eq!((answer.reply[0] >> 4, answer.reply[11]), (2, 2));
    /// assert_eq!(answer.outcome.unwrap_err().label(), "not_issued");
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    pub fn answer(
        &self,
        verdict: Result<Verified, VerifyError>,
        options: &AcceptOptions,
    ) -> Answer {
        let mut reply = Vec::with_capacity(MAX_CONNACK);
        let outcome = self.answer_into(verdict, options, &mut reply);
        Answer { reply, outcome }
    }

    /// [`answer`](Self::answer) for servers that reuse their buffers: writes the reply into `out`,
    /// after its current content. Accepting a client without session keys then allocates nothing.
    ///
    /// ```
    /// use wukongim_auth::{AcceptOptions, KeyPolicy, Timestamp, verify};
    /// # use wukongim_auth::{DeviceFlag, Handshake, MemoryStore};
    /// # use wukongim_auth::frame::{Connect, Limits};
    /// # let mut message = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut message).unwrap();
    /// # let (handshake, _) = Handshake::read(&message, Limits::default())?;
    /// # let store = MemoryStore::new();
    ///
    /// let options = AcceptOptions::new(KeyPolicy::Never);
    /// let mut buffer = Vec::with_capacity(256);
    /// let verdict = verify(&store, &handshake.credentials(), Timestamp::now());
    /// let outcome = handshake.answer_into(verdict, &options, &mut buffer);
    /// // … send `buffer`, and only then:
    /// assert!(outcome.is_err() && !buffer.is_empty());
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`HandshakeError`] if the client is not accepted. **Send what was written before you return
    /// the error**, for example with `?`; otherwise a rejected client does not learn that it must
    /// stop. If nothing was written, because the store failed or `out` has too little room, close
    /// the connection without a reply.
    pub fn answer_into(
        &self,
        verdict: Result<Verified, VerifyError>,
        options: &AcceptOptions,
        out: &mut impl BufMut,
    ) -> Result<Session, HandshakeError> {
        let outcome = match verdict {
            Ok(verified) => match self.write_success(&verified, options, out) {
                Ok(keys) => Ok(Session {
                    verified,
                    version: self.session_version(),
                    protocol: self.protocol(),
                    keys,
                }),
                Err(error) => {
                    self.reject(error.disposition(), out);
                    let (uid, device_flag) = self.0.peer();
                    Err(HandshakeError::not_accepted(uid, device_flag, error))
                }
            },
            Err(error) => {
                self.reject(error.disposition(), out);
                Err(HandshakeError::NotVerified(error))
            }
        };
        trace::answered(self, &outcome);
        outcome
    }

    /// Returns the reply that refuses the client for a reason of your own, for example a ban or a
    /// connection limit. Send it, then close the connection; SDKs do not retry.
    ///
    /// With [`ReasonCode::AuthFail`], the client cannot tell it from a rejection by
    /// [`answer`](Self::answer). To make the client retry, close without a reply instead.
    ///
    /// [`ReasonCode::Success`] is not a refusal. `AuthFail` is written in its place, because a
    /// success requires a [`Verified`].
    ///
    /// ```
    /// use wukongim_auth::frame::{Limits, ReasonCode};
    /// use wukongim_auth::Handshake;
    /// # use wukongim_auth::frame::Connect;
    /// # use wukongim_auth::DeviceFlag;
    /// # let mut message = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut message).unwrap();
    ///
    /// let (handshake, _) = Handshake::read(&message, Limits::default())?;
    /// let reply = handshake.refuse(ReasonCode::Ban);
    /// assert_eq!((reply[0] >> 4, reply[11]), (2, 19)); // a CONNACK with reason 19
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    #[must_use = "send it to the client"]
    pub fn refuse(&self, reason: ReasonCode) -> Vec<u8> {
        let mut reply = Vec::new();
        self.refuse_into(reason, &mut reply);
        reply
    }

    /// [`refuse`](Self::refuse) for servers that reuse their buffers: writes the reply into `out`,
    /// or nothing if it has too little room.
    ///
    /// ```
    /// use wukongim_auth::Handshake;
    /// use wukongim_auth::frame::ReasonCode;
    ///
    /// fn ban(handshake: &Handshake<'_>, buffer: &mut Vec<u8>) {
    ///     buffer.clear();
    ///     handshake.refuse_into(ReasonCode::Ban, buffer);
    /// }
    /// ```
    pub fn refuse_into(&self, reason: ReasonCode, out: &mut impl BufMut) {
        let reason = match reason {
            ReasonCode::Success => ReasonCode::AuthFail,
            reason => reason,
        };
        trace::refused(self, reason);
        self.write_refusal(reason, out);
    }

    fn reject(&self, disposition: Disposition, out: &mut impl BufMut) {
        if let Disposition::Reject(reason) = disposition {
            self.write_refusal(reason, out);
        }
    }

    #[inline(always)]
    fn write_success(
        &self,
        verified: &Verified,
        options: &AcceptOptions,
        out: &mut impl BufMut,
    ) -> Result<AgreedKeys, AcceptError> {
        let (uid, device_flag) = self.0.peer();
        if !verified.is_about(uid, device_flag) {
            return Err(AcceptError::OtherPeer);
        }
        let success = Success {
            time_diff: self.time_diff(verified.verified_at()),
            node_id: options.node_id,
            ..Success::default()
        };
        self.agree_and_write(success, options, out)
    }

    /// The server's clock minus the client's, in milliseconds. A client may send any timestamp, so
    /// the difference wraps. A JSON-RPC client that sent none gets 0, as from upstream.
    fn time_diff(&self, now: Timestamp) -> i64 {
        match (self.0.client_timestamp(), self.protocol()) {
            #[cfg(feature = "jsonrpc")]
            (0, Protocol::JsonRpc) => 0,
            (client, _) => now.as_millis().wrapping_sub(client),
        }
    }

    /// Agrees on keys if the policy asks for it, and sends the server's public key to the client.
    #[cfg(feature = "session")]
    #[inline(always)]
    fn agree_and_write(
        &self,
        success: Success<'_>,
        options: &AcceptOptions,
        out: &mut impl BufMut,
    ) -> Result<AgreedKeys, AcceptError> {
        let Some(client_key) = self.client_key(options.keys)? else {
            self.write(success, out)?;
            return Ok(None);
        };
        let agreed = Agreement::with(client_key, options.key_agreement)?;
        let success = Success {
            server_key: agreed.server_key(),
            salt: agreed.salt(),
            ..success
        };
        self.write(success, out)?;
        Ok(Some(agreed.keys))
    }

    #[cfg(not(feature = "session"))]
    #[inline(always)]
    fn agree_and_write(
        &self,
        success: Success<'_>,
        options: &AcceptOptions,
        out: &mut impl BufMut,
    ) -> Result<AgreedKeys, AcceptError> {
        let KeyPolicy::Never = options.keys;
        self.write(success, out)?;
        Ok(())
    }

    /// The client's public key, if keys are to be agreed.
    #[cfg(feature = "session")]
    fn client_key(&self, policy: KeyPolicy) -> Result<Option<&str>, AcceptError> {
        match (self.0.client_key(), policy) {
            (None, _) | (_, KeyPolicy::Never) | (Some(""), KeyPolicy::IfOffered) => Ok(None),
            (Some(""), KeyPolicy::Required) => Err(AcceptError::ClientKeyMissing),
            (offered, _) => Ok(offered),
        }
    }

    #[inline(always)]
    fn write(&self, success: Success<'_>, out: &mut impl BufMut) -> Result<(), EncodeError> {
        let version = self.session_version();
        match &self.0 {
            Request::Wkproto(_) => reply::success(version, success, out),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => reply::json_success(&request.id, version, success, out),
        }
    }

    fn write_refusal(&self, reason: ReasonCode, out: &mut impl BufMut) {
        let written = match &self.0 {
            Request::Wkproto(_) => reply::refusal(self.session_version(), reason, out),
            #[cfg(feature = "jsonrpc")]
            Request::JsonRpc(request) => reply::json_refusal(&request.id, reason, out),
        };
        // The buffer is full; the caller closes the connection anyway.
        let _ = written;
    }
}
