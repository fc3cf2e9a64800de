//! What the host knows about a peer beyond its credentials.

use core::fmt;
use core::net::SocketAddr;

/// What is known of a connection beside its credentials, so that a rejection can be explained better.
/// None of it takes part in the verdict.
///
/// [`Credentials`](crate::Credentials) have a method to add each.
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
    /// How the client reached the host.
    pub transport: Option<Transport>,
    /// The peer's address.
    pub address: Option<SocketAddr>,
    /// The client named no device flag, and was taken for APP; JSON-RPC allows that.
    pub device_flag_missing: bool,
}

impl PeerFacts {
    pub(crate) const NONE: PeerFacts = PeerFacts {
        transport: None,
        address: None,
        device_flag_missing: false,
    };
}

/// How a client reached the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A plain TCP or TLS stream: native SDKs.
    Tcp,
    /// A WebSocket: the JavaScript SDKs and the EasySDKs.
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
