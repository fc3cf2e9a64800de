//! What the host knows about a peer beyond its credentials.

use core::fmt;
use core::net::SocketAddr;

/// Facts that the host may add, so that a refusal can be explained better. None of them takes
/// part in the verdict.
///
/// ```
/// use wukongim_auth::{PeerFacts, Transport};
///
/// let facts = PeerFacts::new().with_transport(Transport::WebSocket);
/// assert_eq!(facts.transport, Some(Transport::WebSocket));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerFacts {
    /// How the client reached the host.
    pub transport: Option<Transport>,
    /// From where.
    pub address: Option<SocketAddr>,
    /// The client named no device flag, and was taken for APP; JSON-RPC allows that.
    pub device_flag_missing: bool,
}

impl PeerFacts {
    /// No facts.
    #[must_use]
    pub const fn new() -> Self {
        PeerFacts {
            transport: None,
            address: None,
            device_flag_missing: false,
        }
    }

    /// Adds how the client reached the host.
    #[must_use]
    pub const fn with_transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Adds the peer's address.
    #[must_use]
    pub const fn with_address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds that the client named no device flag.
    #[must_use]
    pub const fn with_device_flag_missing(mut self) -> Self {
        self.device_flag_missing = true;
        self
    }
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
