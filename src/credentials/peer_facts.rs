//! Facts about a peer beyond its credentials.

use core::fmt;
use core::net::SocketAddr;

/// Facts about a connection beyond its credentials, which help to explain a rejection. They never
/// take part in the verdict.
///
/// [`Credentials`](crate::Credentials) has a method to add each of them.
///
/// ```
/// use wukongim_auth::diagnosis::Transport;
/// use wukongim_auth::{Credentials, DeviceFlag};
///
/// let credentials = Credentials::new("alice", DeviceFlag::App, "s3cret")
///     .with_transport(Transport::WebSocket);
/// assert_eq!(credentials.facts.transport, Some(Transport::WebSocket));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerFacts {
    /// How the client reached your server.
    pub transport: Option<Transport>,
    /// The peer's address.
    pub address: Option<SocketAddr>,
    /// Whether the client sent no device flag and was treated as APP. JSON-RPC allows that.
    pub device_flag_missing: bool,
}

impl PeerFacts {
    pub(crate) const NONE: PeerFacts = PeerFacts {
        transport: None,
        address: None,
        device_flag_missing: false,
    };
}

/// How a client reached your server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A plain TCP or TLS stream, used by the native SDKs.
    Tcp,
    /// A WebSocket, used by the JavaScript SDKs and the EasySDKs.
    WebSocket,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Transport::Tcp => "tcp",
            Transport::WebSocket => "ws",
        })
    }
}
