//! Options for accepting verified clients.

#[cfg(feature = "session")]
use crate::handshake::key_agreement::{KeyAgreement, Ring};

/// Options for accepting verified clients. Create them once and use them for every connection.
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
    /// The server's node id, sent to clients of version 4 and later.
    pub node_id: u64,
    #[cfg(feature = "session")]
    pub(crate) key_agreement: &'static dyn KeyAgreement,
}

impl AcceptOptions {
    /// Creates options with this policy for session keys, and node id 0.
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

    /// Sets the server's node id.
    #[must_use]
    pub const fn with_node_id(mut self, node_id: u64) -> Self {
        self.node_id = node_id;
        self
    }

    /// Sets the X25519 implementation for session keys, in place of ring's.
    ///
    /// The reference is `&'static`, so that options can be a constant: pass a unit struct or a
    /// `static`.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn with_key_agreement(mut self, key_agreement: &'static dyn KeyAgreement) -> Self {
        self.key_agreement = key_agreement;
        self
    }
}

/// The policy for session keys with clients of the binary protocol (PROTOCOL §5). JSON-RPC has
/// none.
///
/// The official binary SDKs need `Required` (feature `session`), because they encrypt every
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPolicy {
    /// Does not agree on keys, even if the client offers one.
    ///
    /// Only for your own clients. No official binary SDK can read or send messages without keys,
    /// and the JavaScript SDKs do not treat a CONNACK without them as a success: they reconnect
    /// forever.
    Never,
    /// Agrees on keys if the client offers one, and accepts the client without keys otherwise.
    #[cfg(feature = "session")]
    IfOffered,
    /// Agrees on keys, and refuses a client that offers none with reason 21.
    #[cfg(feature = "session")]
    Required,
}
