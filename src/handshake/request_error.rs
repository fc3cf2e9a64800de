//! Errors of reading a connect request.

use core::fmt;
use core::num::NonZeroUsize;

use crate::handshake::other_protocol::OtherProtocol;
use crate::refusal::{Fix, explain};
#[cfg(feature = "jsonrpc")]
use crate::wire::JsonRpcError;
use crate::wire::frame::{FrameError, FrameType};

/// A connection whose first bytes are not a valid connect request. Close it.
///
/// `Display` writes one line for your log. `{:#}` adds the fix on a line of its own, if there is
/// one.
///
/// ```
/// use wukongim_auth::frame::FrameType;
/// use wukongim_auth::{Acceptor, RequestError};
///
/// let error = Acceptor::new().push(b"\x70").unwrap_err();
/// assert_eq!(error, RequestError::NotConnect { found: FrameType::Ping });
/// assert_eq!(error.to_string(), "the first frame is PING, not CONNECT");
/// assert_eq!(error.label(), "not_connect");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The first frame cannot be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The first frame is not CONNECT.
    #[error("the first frame is {found}, not CONNECT")]
    NotConnect {
        /// The type of the frame.
        found: FrameType,
    },
    /// The connection begins with another protocol: the client uses the wrong port, or a proxy is
    /// misconfigured.
    #[error(fmt = other_protocol)]
    OtherProtocol(OtherProtocol),
    /// The JSON-RPC request cannot be read.
    #[cfg(feature = "jsonrpc")]
    #[error(transparent)]
    JsonRpc(#[from] JsonRpcError),
    /// The bytes end before the request does. Returned only by
    /// [`Handshake::read`](crate::Handshake::read); an [`Acceptor`](crate::Acceptor) waits for
    /// more.
    #[error("the request is incomplete{}", Missing(*.missing))]
    Incomplete {
        /// The number of bytes still missing, if it is known.
        missing: Option<NonZeroUsize>,
    },
}

impl RequestError {
    /// A stable label for metrics: `not_connect`, `incomplete`, `other_protocol_…`, or the label of
    /// the [`FrameError`] or `JsonRpcError`.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            RequestError::Frame(error) => error.label(),
            RequestError::NotConnect { .. } => "not_connect",
            RequestError::OtherProtocol(protocol) => protocol.label(),
            #[cfg(feature = "jsonrpc")]
            RequestError::JsonRpc(error) => error.label(),
            RequestError::Incomplete { .. } => "incomplete",
        }
    }
}

impl RequestError {
    /// What to do about it, if the bytes show that: for a connection that begins with another
    /// protocol.
    ///
    /// ```
    /// use wukongim_auth::Acceptor;
    ///
    /// let error = Acceptor::new().push(b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n").unwrap_err();
    /// assert!(error.fix().is_some_and(|fix| fix.to_string().contains("load balancer")));
    /// assert!(format!("{error:#}").contains("\n  fix: Disable the PROXY protocol"));
    /// ```
    #[must_use]
    pub const fn fix(&self) -> Option<Fix<'static>> {
        match self {
            RequestError::OtherProtocol(protocol) => Some(protocol.fix()),
            _ => None,
        }
    }
}

fn other_protocol(protocol: &OtherProtocol, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "the connection begins with {protocol}, not with CONNECT")?;
    explain(f, protocol.fix(), None)
}

/// Writes `, bytes missing: 12`.
struct Missing(Option<NonZeroUsize>);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(missing) => write!(f, ", bytes missing: {missing}"),
            None => Ok(()),
        }
    }
}
