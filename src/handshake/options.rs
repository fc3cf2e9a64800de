//! How a host accepts the clients that it has verified.

/// How verified clients are accepted: configuration, made once and used for every connection.
///
/// ```
/// use wukongim_auth::{AcceptOptions, KeyPolicy};
///
/// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never).with_node_id(1001);
/// assert_eq!((OPTIONS.keys, OPTIONS.node_id), (KeyPolicy::Never, 1001));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptOptions {
    /// Whether session keys are agreed.
    pub keys: KeyPolicy,
    /// The server's node; sent to clients of version 4 and later.
    pub node_id: u64,
}

impl AcceptOptions {
    /// Accepts with this policy for session keys, as node 0.
    #[must_use]
    pub const fn new(keys: KeyPolicy) -> Self {
        AcceptOptions { keys, node_id: 0 }
    }

    /// Sets the server's node.
    #[must_use]
    pub const fn with_node_id(mut self, node_id: u64) -> Self {
        self.node_id = node_id;
        self
    }
}

/// Whether session keys are agreed with a client of the binary protocol (PROTOCOL §5). JSON-RPC has
/// none.
///
/// The official binary SDKs need `Required` (feature `session`): they encrypt every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPolicy {
    /// No keys, even if the client offers one.
    ///
    /// For clients of your own only: no official binary SDK can read or send messages without keys,
    /// and the JavaScript SDKs do not treat a CONNACK without them as a success (they reconnect for
    /// ever).
    Never,
    /// Agrees on keys if the client offers one, and accepts it without keys otherwise.
    #[cfg(feature = "session")]
    IfOffered,
    /// Agrees on keys, and refuses a client that offers none with reason 21.
    #[cfg(feature = "session")]
    Required,
}
