//! How a host accepts the clients that it has verified.

#[cfg(feature = "session")]
use crate::handshake::key_agreement::{KeyAgreement, Ring};

/// How verified clients are accepted: configuration, made once and used for every connection.
///
/// ```
/// use wukongim_auth::{AcceptOptions, KeyPolicy};
///
/// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never).with_node_id(1001);
/// assert_eq!((OPTIONS.keys, OPTIONS.node_id), (KeyPolicy::Never, 1001));
/// ```
// Not `PartialEq`: two key agreements cannot be compared, and no feature may take a trait away.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AcceptOptions {
    /// Whether session keys are agreed.
    pub keys: KeyPolicy,
    /// The server's node; sent to clients of version 4 and later.
    pub node_id: u64,
    #[cfg(feature = "session")]
    pub(crate) key_agreement: &'static dyn KeyAgreement,
}

impl AcceptOptions {
    /// Accepts with this policy for session keys, as node 0.
    ///
    /// ```
    /// use wukongim_auth::{AcceptOptions, KeyPolicy};
    ///
    /// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never).with_node_id(1001);
    /// # assert_eq!(OPTIONS.node_id, 1001);
    /// ```
    #[must_use]
    pub const fn new(keys: KeyPolicy) -> Self {
        AcceptOptions {
            keys,
            node_id: 0,
            #[cfg(feature = "session")]
            key_agreement: &Ring,
        }
    }

    /// Sets the server's node.
    #[must_use]
    pub const fn with_node_id(mut self, node_id: u64) -> Self {
        self.node_id = node_id;
        self
    }

    /// Sets the X25519 that makes session keys, in place of ring's.
    ///
    /// `&'static`, so that options stay a constant: a unit struct, or a `static`.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn with_key_agreement(mut self, key_agreement: &'static dyn KeyAgreement) -> Self {
        self.key_agreement = key_agreement;
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
