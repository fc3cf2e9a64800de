//! Which of the two protocols a client speaks.

/// The protocol of a connection, told by its first byte: over a WebSocket it decides between binary
/// messages and text, whatever kind the client's own message was.
///
/// ```
/// use wukongim_auth::{Acceptor, Protocol};
///
/// let request = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
/// let pending = Acceptor::new().push(request)?.expect("it is whole");
/// # #[cfg(feature = "jsonrpc")]
/// assert_eq!(pending.handshake()?.protocol(), Protocol::JsonRpc);
/// # Ok::<(), wukongim_auth::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The binary protocol of the native and JavaScript SDKs.
    Wkproto,
    /// JSON-RPC 2.0, as the EasySDKs speak it.
    #[cfg(feature = "jsonrpc")]
    JsonRpc,
}
