//! The two protocols that clients speak.

/// The protocol of a connection, recognised by its first byte.
///
/// Over a WebSocket, it determines the type of the messages that you send: binary for
/// [`Wkproto`](Self::Wkproto), text for JSON-RPC, whatever the type of the client's own message.
///
/// ```
/// use wukongim_auth::Handshake;
/// use wukongim_auth::session::Protocol;
///
/// fn is_sent_as_binary(handshake: &Handshake<'_>) -> bool {
///     handshake.protocol() == Protocol::Wkproto
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The binary protocol of the native and JavaScript SDKs.
    Wkproto,
    /// JSON-RPC 2.0, the protocol of the EasySDKs.
    #[cfg(feature = "jsonrpc")]
    JsonRpc,
}
