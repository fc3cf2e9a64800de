//! A client's connect request, and the answer to it.

mod accept_error;
mod acceptor;
mod answer;
mod connect_request;
mod delimit;
mod error;
#[cfg(feature = "session")]
mod key_agreement;
mod options;
mod other_protocol;
mod protocol;
mod reply;
mod request;
mod request_error;
mod session;
#[cfg(feature = "session")]
mod session_keys;
mod trace;

pub use accept_error::AcceptError;
pub use acceptor::Acceptor;
pub use answer::Answer;
pub use connect_request::ConnectRequest;
pub use error::HandshakeError;
#[cfg(feature = "session")]
pub use key_agreement::{Agreed, AgreementError, KeyAgreement};
pub use options::{AcceptOptions, KeyPolicy};
pub use other_protocol::OtherProtocol;
pub use protocol::Protocol;
pub use request_error::RequestError;
pub use session::Session;
#[cfg(feature = "session")]
pub use session_keys::SessionKeys;

use crate::credentials::Credentials;
use crate::handshake::delimit::Delimited;
use crate::handshake::request::Request;
use crate::wire::frame::{Limits, Parsed};

/// The newest protocol version that this crate speaks.
const SERVER_VERSION: u8 = 6;

/// A decoded connect request that waits for its answer: verify its
/// [`credentials`](Self::credentials), then [`answer`](Self::answer) with the verdict.
///
/// Created by [`ConnectRequest::handshake`], or by [`read`](Self::read) if you already have the
/// complete request. `Debug` shows no token.
///
/// ```
/// use wukongim_auth::{AcceptOptions, Answer, Handshake, MemoryStore, Timestamp, verify};
///
/// /// Send the `reply`, if there is one. Then use the session, or log the error with `{:#}` and
/// /// close.
/// fn answer(handshake: &Handshake<'_>, store: &MemoryStore, options: &AcceptOptions) -> Answer {
///     let verdict = verify(store, &handshake.credentials(), Timestamp::now());
///     handshake.answer(verdict, options)
/// }
/// ```
///
/// A [`Verified`](crate::Verified) can be used only once:
///
/// ```compile_fail,E0382
/// # use wukongim_auth::{AcceptOptions, Answer, Handshake, Verified};
/// # fn twice(a: &Handshake<'_>, b: &Handshake<'_>, verified: Verified, options: &AcceptOptions) -> [Answer; 2] {
/// [a.answer(Ok(verified), options), b.answer(Ok(verified), options)]
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handshake<'a>(Request<'a>);

impl<'a> Handshake<'a> {
    /// Reads a CONNECT from bytes that contain all of it, such as a WebSocket message, without an
    /// [`Acceptor`], a second buffer, or an allocation. Returns it with the bytes after it.
    ///
    /// ```
    /// use wukongim_auth::frame::Limits;
    /// use wukongim_auth::{Handshake, RequestError};
    /// # use wukongim_auth::frame::Connect;
    /// # use wukongim_auth::DeviceFlag;
    /// # let mut message = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut message).unwrap();
    ///
    /// let (handshake, rest) = Handshake::read(&message, Limits::default())?;
    /// assert_eq!(handshake.credentials().uid, "alice");
    /// assert!(rest.is_empty());
    ///
    /// let error = Handshake::read(&message[..9], Limits::default()).unwrap_err();
    /// assert!(matches!(error, RequestError::Incomplete { .. }));
    /// # Ok::<(), RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] if the bytes do not begin with a complete CONNECT.
    #[inline]
    pub fn read(bytes: &'a [u8], limits: Limits) -> Result<(Self, &'a [u8]), RequestError> {
        Self::complete(bytes, delimit::connect(bytes, limits)?)
    }

    /// [`read`](Self::read) for servers that also serve JSON-RPC clients. The first byte tells the
    /// protocols apart.
    ///
    /// ```
    /// use wukongim_auth::frame::Limits;
    /// use wukongim_auth::session::Protocol;
    /// use wukongim_auth::Handshake;
    ///
    /// let message = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
    /// let (handshake, _rest) = Handshake::read_with_json_rpc(message, Limits::default())?;
    /// assert_eq!(handshake.protocol(), Protocol::JsonRpc);
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] if the bytes do not begin with a complete request.
    #[cfg(feature = "jsonrpc")]
    #[inline]
    pub fn read_with_json_rpc(
        bytes: &'a [u8],
        limits: Limits,
    ) -> Result<(Self, &'a [u8]), RequestError> {
        let parsed = delimit::either(bytes, limits, &mut Default::default())?;
        Self::complete(bytes, parsed)
    }

    #[inline(always)]
    fn complete(
        bytes: &[u8],
        parsed: Parsed<'a, Delimited<'a>>,
    ) -> Result<(Self, &'a [u8]), RequestError> {
        match parsed {
            Parsed::Complete { value, rest } => Ok((Self::decode(value, bytes)?, rest)),
            Parsed::Incomplete { missing } => Err(RequestError::Incomplete { missing }),
        }
    }

    #[inline(always)]
    pub(crate) fn decode(request: Delimited<'a>, bytes: &[u8]) -> Result<Self, RequestError> {
        Request::decode(request, bytes).map(Handshake)
    }

    /// The credentials to verify. A JSON-RPC client that sent no device flag is treated as APP, and
    /// the facts record that.
    #[must_use]
    pub fn credentials(&self) -> Credentials<'_> {
        self.0.credentials()
    }

    /// The protocol that the client speaks. Over a WebSocket, answer a JSON-RPC client in a text
    /// message and a client of the binary protocol in a binary one.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.0.protocol()
    }

    /// The session's version: the smaller of the client's and this crate's.
    #[must_use]
    pub fn session_version(&self) -> u8 {
        self.0.version().min(SERVER_VERSION)
    }
}
