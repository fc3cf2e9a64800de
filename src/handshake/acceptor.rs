//! Collection of a connection's first bytes, in chunks of any size, until the request is complete.

use alloc::vec::Vec;
use core::fmt;

use crate::handshake::connect_request::{ConnectRequest, Extent};
use crate::handshake::delimit;
#[cfg(feature = "jsonrpc")]
use crate::handshake::delimit::Progress;
use crate::handshake::request_error::RequestError;
use crate::wire::frame::{Limits, Parsed};

/// Buffers incoming bytes until a complete connect request is available, and keeps any bytes after
/// it.
///
/// It reads the binary protocol. With the feature `jsonrpc`, `with_json_rpc` makes it read JSON-RPC
/// on the same port as well.
///
/// It performs no I/O: reading, timeouts and closing are up to you. If you already have the
/// complete request, such as a WebSocket message, call [`Handshake::read`](crate::Handshake::read)
/// instead. Memory is bounded by the [`Limits`] and the size of the chunks.
///
/// ```
/// use wukongim_auth::{AcceptOptions, Acceptor, KeyPolicy, Timestamp, verify};
/// # use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
/// # let store = MemoryStore::new();
/// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// # store.insert("alice", DeviceFlag::App, record);
/// # let connect = wukongim_auth::frame::Connect::new(4, "alice", DeviceFlag::App, "s3cret");
/// # let mut bytes = Vec::new();
/// # wukongim_auth::frame::Frame::from(connect).encode(4, &mut bytes).unwrap();
/// # let chunks = bytes.chunks(7);
/// const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);
///
/// let mut acceptor = Acceptor::new();
/// for chunk in chunks {
///     let Some(request) = acceptor.push(chunk)? else { continue };
///     let handshake = request.handshake()?;
///     let verdict = verify(&store, &handshake.credentials(), Timestamp::now());
///     let answer = handshake.answer(verdict, &OPTIONS);
///     assert_eq!(answer.reply[0] >> 4, 2, "send this first: a CONNACK");
///     match answer.outcome {
///         Ok(session) => assert_eq!(session.verified().uid(), "alice"),
///         Err(error) => eprintln!("{error:#}"), // and close
///     }
///     let _remaining = request.into_remaining(); // what the client sent after its CONNECT
/// }
/// # Ok::<(), wukongim_auth::RequestError>(())
/// ```
#[derive(Default)]
pub struct Acceptor {
    received: Vec<u8>,
    /// Set after an error, which is final. No bytes are kept after it.
    failed: Option<RequestError>,
    limits: Limits,
    /// Present if JSON-RPC is read as well.
    #[cfg(feature = "jsonrpc")]
    json_rpc: Option<Progress>,
}

impl Acceptor {
    /// Creates an acceptor for the binary protocol, with the default limits and a new buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an acceptor that reuses the buffer of an earlier connection, which saves the
    /// allocation. The buffer is cleared first. It is not returned after an error.
    ///
    /// ```
    /// use wukongim_auth::Acceptor;
    /// # use wukongim_auth::DeviceFlag;
    /// # use wukongim_auth::frame::Connect;
    /// # let mut received = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut received).unwrap();
    ///
    /// let request = Acceptor::new().push(&received)?.expect("it is complete");
    /// // … the connection is over:
    /// let next = Acceptor::with_buffer(request.into_bytes());
    /// # let _ = next;
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    #[must_use]
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Acceptor {
            received: buffer,
            ..Acceptor::default()
        }
    }

    /// Sets the limits on input from a client that has not authenticated yet.
    ///
    /// ```
    /// use wukongim_auth::Acceptor;
    /// use wukongim_auth::frame::Limits;
    ///
    /// // Tokens of your clients are short: less memory before they have authenticated.
    /// let acceptor = Acceptor::new().with_limits(Limits::default().with_max_body(1024));
    /// # let mut acceptor = acceptor;
    /// # assert!(acceptor.push(&[0x10, 0xff, 0x7f]).is_err());
    /// ```
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads JSON-RPC requests as well. The first byte tells them from CONNECT.
    ///
    /// ```
    /// use wukongim_auth::session::Protocol;
    /// use wukongim_auth::Acceptor;
    ///
    /// let request = br#"{"method":"connect","id":"1","params":{"uid":"alice","token":"s3cret"}}"#;
    /// assert!(Acceptor::new().push(request).is_err());
    ///
    /// let request = Acceptor::new().with_json_rpc().push(request)?.expect("it is complete");
    /// assert_eq!(request.handshake()?.protocol(), Protocol::JsonRpc);
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    #[cfg(feature = "jsonrpc")]
    #[must_use]
    pub fn with_json_rpc(mut self) -> Self {
        self.json_rpc = Some(Progress::default());
        self
    }

    /// Takes a chunk that was read from the connection. Returns the request once it is complete, in
    /// however many chunks it arrived. The acceptor is then reset.
    ///
    /// An empty chunk changes nothing. Detecting EOF is the caller's responsibility.
    ///
    /// ```
    /// use wukongim_auth::Acceptor;
    /// # use wukongim_auth::DeviceFlag;
    /// # use wukongim_auth::frame::Connect;
    /// # let mut connect = Vec::new();
    /// # Connect::new(4, "alice", DeviceFlag::App, "s3cret").encode(Default::default(), &mut connect).unwrap();
    ///
    /// let mut acceptor = Acceptor::new();
    /// let (first, second) = connect.split_at(5);
    /// assert!(acceptor.push(first)?.is_none(), "read more");
    /// let request = acceptor.push(second)?.expect("it is complete");
    /// assert_eq!(request.handshake()?.credentials().uid, "alice");
    /// # Ok::<(), wukongim_auth::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`] as soon as no further bytes can turn the input into a request. Every later
    /// call returns the same error. Close the connection.
    #[inline]
    pub fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, RequestError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.received.extend_from_slice(chunk);
        match self.delimit() {
            Ok(Some(extent)) => {
                self.reset();
                let bytes = core::mem::take(&mut self.received);
                Ok(Some(ConnectRequest::new(bytes, extent)))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.failed = Some(error);
                self.received = Vec::new();
                Err(error)
            }
        }
    }

    #[inline(always)]
    fn delimit(&mut self) -> Result<Option<Extent>, RequestError> {
        #[cfg(feature = "jsonrpc")]
        let parsed = match &mut self.json_rpc {
            Some(progress) => delimit::either(&self.received, self.limits, progress),
            None => delimit::connect(&self.received, self.limits),
        };
        #[cfg(not(feature = "jsonrpc"))]
        let parsed = delimit::connect(&self.received, self.limits);
        Ok(match parsed? {
            Parsed::Complete { value, rest } => {
                let end = self.received.len().saturating_sub(rest.len());
                Some(Extent {
                    protocol: value.protocol,
                    body_starts_at: end.saturating_sub(value.body.len()),
                    end,
                })
            }
            Parsed::Incomplete { .. } => None,
        })
    }

    #[inline(always)]
    fn reset(&mut self) {
        #[cfg(feature = "jsonrpc")]
        if let Some(progress) = &mut self.json_rpc {
            *progress = Progress::default();
        }
    }
}

/// Shows how much was received, but not the bytes, which may contain a token.
impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("received_len", &self.received.len())
            .field("limits", &self.limits)
            .finish()
    }
}
