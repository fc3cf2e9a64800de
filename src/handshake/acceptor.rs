//! The front door: a connection's first bytes, in any portions, until its request is whole.

use alloc::vec::Vec;
use core::fmt;

use crate::handshake::Handshake;
use crate::handshake::protocol::Protocol;
use crate::handshake::request::Request;
use crate::wire::frame::{Connect, FrameError, FrameType, Limits, Parsed, RawFrame, frame_type};
#[cfg(feature = "jsonrpc")]
use crate::wire::{JsonConnect, JsonRpcError, Scanner};

/// Collects what a new connection sends until there is a request to connect, and keeps what comes
/// behind it. With the feature `jsonrpc` the first byte tells CONNECT from a JSON-RPC request.
///
/// Bytes in, a handshake out; reading, deadlines and closing are the host's. Memory is bounded by
/// the [`Limits`] and the size of the portions.
///
/// With the feature `session`, which the official binary SDKs need:
///
/// ```
/// use wukongim_auth::{AcceptOptions, Acceptor, SystemRandom, Timestamp, verify};
/// # use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
/// # let store = MemoryStore::new();
/// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// # store.insert("alice", DeviceFlag::App, record);
/// # let mut connect = wukongim_auth::frame::Connect::new(4, "alice", DeviceFlag::App, "s3cret");
/// # connect.client_key = "lDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";
/// # let mut bytes = Vec::new();
/// # wukongim_auth::frame::Frame::from(connect).encode(4, &mut bytes).unwrap();
/// # let portions = bytes.chunks(7);
/// let now = Timestamp::now();
/// let mut acceptor = Acceptor::new();
/// for portion in portions {
///     let Some(pending) = acceptor.push(portion)? else { continue };
///     let handshake = pending.handshake()?;
///     let mut reply = Vec::new();
///     let verdict = verify(&store, &handshake.credentials(), now);
///     let (options, random) = (AcceptOptions::new(now), SystemRandom::new());
///     match handshake.answer(verdict, &options, &random, &mut reply) {
///         Ok(session) => assert_eq!(session.verified().uid(), "alice"),
///         Err(error) => eprintln!("{error:#}"), // the refusal is in `reply`: send it, then close
///     }
///     assert_eq!(reply[0] >> 4, 2, "a CONNACK");
///     let _rest = pending.into_remaining(); // what the client sent right behind its CONNECT
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Acceptor {
    received: Vec<u8>,
    /// Once there was an error there is nothing else, and nothing more is kept.
    failed: Option<FrameError>,
    limits: Limits,
    /// Blanks that the request begins with, counted once.
    #[cfg(feature = "jsonrpc")]
    blanks: usize,
    #[cfg(feature = "jsonrpc")]
    scanner: Scanner,
}

impl Acceptor {
    /// With a buffer of its own and the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a buffer from an earlier connection, to spare the allocation; what is in it is
    /// dropped.
    #[must_use]
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Acceptor {
            received: buffer,
            ..Acceptor::default()
        }
    }

    /// Accepts as much as `limits` say before the client has authenticated.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes what was read from the connection. `Some` once the request is whole, however it was
    /// cut into portions; the acceptor is then as good as new, and what it held is in the
    /// [`ConnectRequest`]. A portion of no bytes changes nothing: that a read gave none, because the client
    /// is gone, is yours to notice.
    ///
    /// # Errors
    /// [`FrameError`] as soon as no further bytes can make a request of it. Close the connection.
    #[inline]
    pub fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.received.extend_from_slice(chunk);
        #[cfg(feature = "jsonrpc")]
        let delimited = self.delimit();
        #[cfg(not(feature = "jsonrpc"))]
        let delimited = self.delimit_connect();
        let delimited = delimited.inspect_err(|error| {
            self.failed = Some(*error);
            self.received = Vec::new();
        });
        let Some(extent) = delimited? else {
            return Ok(None);
        };
        #[cfg(feature = "jsonrpc")]
        {
            self.blanks = 0;
            self.scanner = Scanner::default();
        }
        Ok(Some(ConnectRequest {
            bytes: core::mem::take(&mut self.received),
            extent,
        }))
    }

    /// JSON-RPC begins with `{` (or `[`, which is refused) after blanks, all else is binary.
    #[cfg(feature = "jsonrpc")]
    fn delimit(&mut self) -> Result<Option<Extent>, FrameError> {
        let max = self.limits.max_body();
        let unseen = self.received.get(self.blanks..).unwrap_or_default();
        let blanks = unseen
            .iter()
            .take_while(|byte| b" \t\r\n".contains(byte))
            .count();
        self.blanks = self.blanks.saturating_add(blanks);
        match unseen.get(blanks) {
            // Before anything else, so that it does not matter with which portion they came.
            _ if self.blanks > max => Err(JsonRpcError::TooLarge { max }.into()),
            Some(b'{') => {
                let end = self.scanner.scan(&self.received, max)?;
                Ok(end.map(|end| Extent {
                    protocol: Protocol::JsonRpc,
                    body_starts_at: 0,
                    end,
                }))
            }
            Some(b'[') => Err(JsonRpcError::Batch.into()),
            None => Ok(None),
            Some(_) => self.delimit_connect(),
        }
    }

    fn delimit_connect(&self) -> Result<Option<Extent>, FrameError> {
        let found = self.received.first().copied().map(frame_type).transpose()?;
        if let Some(found) = found.filter(|found| *found != FrameType::Connect) {
            return Err(FrameError::NotConnect { found });
        }
        let Parsed::Complete { value: frame, rest } =
            RawFrame::split_first(&self.received, self.limits)?
        else {
            return Ok(None);
        };
        let end = self.received.len().saturating_sub(rest.len());
        let body_starts_at = end.saturating_sub(frame.body.len());
        Ok(Some(Extent {
            protocol: Protocol::Wkproto,
            body_starts_at,
            end,
        }))
    }
}

/// Where in the received bytes the request is.
#[derive(Clone, Copy)]
struct Extent {
    protocol: Protocol,
    body_starts_at: usize,
    end: usize,
}

/// How much was received, and none of it: it may hold a token.
impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("received_len", &self.received.len())
            .field("limits", &self.limits)
            .finish()
    }
}

/// A request to connect that is whole, and whatever came behind it.
pub struct ConnectRequest {
    bytes: Vec<u8>,
    extent: Extent,
}

impl ConnectRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// [`FrameError`] naming what is wrong. Close the connection.
    #[inline(always)]
    pub fn handshake(&self) -> Result<Handshake<'_>, FrameError> {
        let Extent {
            protocol,
            body_starts_at,
            end,
        } = self.extent;
        let body = self.bytes.get(body_starts_at..end).unwrap_or_default();
        Ok(Handshake::new(match protocol {
            Protocol::Wkproto => Request::Wkproto(Connect::decode(body)?),
            #[cfg(feature = "jsonrpc")]
            Protocol::JsonRpc => Request::JsonRpc(JsonConnect::decode(body)?),
        }))
    }

    /// The bytes behind the request: the client's next frames, or the beginnings of one. The
    /// memory is that of the acceptor's buffer.
    #[must_use]
    pub fn into_remaining(mut self) -> Vec<u8> {
        self.bytes.drain(..self.extent.end);
        self.bytes
    }
}

/// Lengths only.
impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("protocol", &self.extent.protocol)
            .field("request_len", &self.extent.end)
            .field(
                "rest_len",
                &self.bytes.len().saturating_sub(self.extent.end),
            )
            .finish()
    }
}
