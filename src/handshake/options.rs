//! How a host accepts the clients that it has verified.

use crate::time::Timestamp;

/// How connections are accepted.
///
/// ```
/// use wukongim_auth::{AcceptOptions, Timestamp};
///
/// let options = AcceptOptions::new(Timestamp::now()).with_node_id(1001);
/// assert_eq!(options.node_id, 1001);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AcceptOptions {
    /// The time, for the CONNACK's time diff: the server's clock less the client's, in ms.
    pub now: Timestamp,
    /// The server's node; sent to clients of version 4 and later.
    pub node_id: u64,
    /// Whether session keys are agreed.
    #[cfg(feature = "session")]
    pub keys: KeyPolicy,
}

impl AcceptOptions {
    /// Node 0, and session keys required.
    ///
    /// **Without the feature `session` there are no session keys at all**: a success then carries
    /// none, which the JavaScript SDKs do not take for a success (they reconnect for ever), and with
    /// which no binary SDK can read or send messages. It serves clients of your own.
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

/// Whether session keys are agreed with a client of the binary protocol (PROTOCOL §5). There are
/// none over JSON-RPC.
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
