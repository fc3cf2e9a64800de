//! A complete connect request, as bytes.

use alloc::vec::Vec;
use core::fmt;

use crate::handshake::Handshake;
use crate::handshake::delimit::Delimited;
use crate::handshake::protocol::Protocol;
use crate::handshake::request_error::RequestError;

/// A complete connect request, and any bytes received after it.
///
/// `Debug` shows only lengths.
///
/// ```
/// use wukongim_auth::{Acceptor, ConnectRequest};
/// # use wukongim_auth::frame::Connect;
/// # use wukongim_auth::DeviceFlag;
/// # let (mut connect, ping) = (Vec::new(), b"\x70");
/// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut connect).unwrap();
/// # let received = [&connect[..], ping].concat();
/// let request = Acceptor::new().push(&received)?.expect("it is complete");
/// assert_eq!(request.handshake()?.credentials().uid, "alice");
///
/// assert_eq!(request.request_bytes(), connect); // as received, for a proxy to forward
/// assert_eq!(request.into_remaining(), ping);
/// # Ok::<(), wukongim_auth::RequestError>(())
/// ```
pub struct ConnectRequest {
    bytes: Vec<u8>,
    extent: Extent,
}

/// The position of the request in the received bytes.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) protocol: Protocol,
    pub(crate) body_starts_at: usize,
    pub(crate) end: usize,
}

impl ConnectRequest {
    #[inline(always)]
    pub(crate) const fn new(bytes: Vec<u8>, extent: Extent) -> Self {
        ConnectRequest { bytes, extent }
    }

    /// Decodes the request.
    ///
    /// # Errors
    /// [`RequestError`], which names the fault. Close the connection.
    #[inline(always)]
    pub fn handshake(&self) -> Result<Handshake<'_>, RequestError> {
        let Extent {
            protocol,
            body_starts_at,
            end,
        } = self.extent;
        let body = self.bytes.get(body_starts_at..end).unwrap_or_default();
        Handshake::decode(Delimited { protocol, body }, &self.bytes)
    }

    /// The request exactly as it was received.
    #[must_use]
    pub fn request_bytes(&self) -> &[u8] {
        self.bytes.get(..self.extent.end).unwrap_or_default()
    }

    /// Returns everything that was received: the request and the bytes after it.
    ///
    /// ```
    /// use wukongim_auth::Acceptor;
    /// # use wukongim_auth::DeviceFlag;
    /// # use wukongim_auth::frame::Connect;
    /// # let mut received = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut received).unwrap();
    /// # received.push(0x70);
    ///
    /// let request = Acceptor::new().push(&received)?.expect("it is complete");
    /// // … verify, then let the server behind read what the client sent:
    /// assert_eq!(request.into_bytes(), received);
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the bytes received after the request: the client's next frames, or the start of one.
    /// The buffer is the acceptor's, so it can be reused.
    #[must_use]
    pub fn into_remaining(mut self) -> Vec<u8> {
        self.bytes.drain(..self.extent.end);
        self.bytes
    }
}

/// Shows only lengths, because the request contains a token.
impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_len = self.extent.end;
        f.debug_struct("ConnectRequest")
            .field("protocol", &self.extent.protocol)
            .field("request_len", &request_len)
            .field(
                "remaining_len",
                &self.bytes.len().saturating_sub(request_len),
            )
            .finish()
    }
}
