//! Which of the two protocols a client speaks.

/// The protocol of a connection, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The binary protocol of the native and JavaScript SDKs.
    Wkproto,
    /// JSON-RPC 2.0, as the EasySDKs speak it.
    #[cfg(feature = "jsonrpc")]
    JsonRpc,
}
