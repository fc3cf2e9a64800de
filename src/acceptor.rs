//! The front door: a connection's first bytes, in any portions, until its CONNECT is whole.

use alloc::vec::Vec;
use core::fmt;

use crate::frame::{Connect, FrameError, FrameType, Limits, Parsed, RawFrame, frame_type};
use crate::handshake::Handshake;

/// Collects what a new connection sends until there is a CONNECT, and keeps what comes behind it.
///
/// Bytes in, a handshake out; reading, deadlines and closing are the host's. Memory is bounded by
/// the [`Limits`] and the size of the portions.
///
/// ```
/// use ring::rand::SystemRandom;
/// use wukongim_auth::{AcceptOptions, Acceptor, KeyPolicy, Timestamp, verify};
/// # use wukongim_auth::{DeviceFlag, DeviceLevel, MemoryStore, Token, TokenRecord};
/// # let store = MemoryStore::new();
/// # let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
/// # store.insert("alice", DeviceFlag::App, record);
/// # let connect = wukongim_auth::frame::Connect::new(4, "alice", DeviceFlag::App, "s3cret");
/// # let mut bytes = Vec::new();
/// # wukongim_auth::frame::Frame::from(connect).encode(4, &mut bytes).unwrap();
/// # let portions = bytes.chunks(7);
/// let now = Timestamp::now();
/// let mut acceptor = Acceptor::new();
/// for portion in portions {
///     let Some(pending) = acceptor.receive(portion)? else { continue };
///     let handshake = pending.handshake()?;
///     let mut reply = Vec::new();
///     match verify(&store, &handshake.credentials(), now) {
///         Ok(verified) => {
///             let options = AcceptOptions::new(now).with_keys(KeyPolicy::Never);
///             let session = handshake.accept(verified, &options, &SystemRandom::new(), &mut reply)?;
///             assert_eq!(session.verified().uid(), "alice");
///         }
///         Err(error) => {
///             let _disposition = handshake.reject(&error, &mut reply); // write, flush, close
///         }
///     }
///     assert_eq!(reply[0] >> 4, 2, "a CONNACK");
///     let _rest = pending.into_rest(); // what the client sent right behind its CONNECT
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Acceptor {
    received: Vec<u8>,
    limits: Limits,
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
            limits: Limits::default(),
        }
    }

    /// Accepts as much as `limits` say before the client has authenticated.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes what was read from the connection. `Some` once the CONNECT is whole, however it was
    /// cut into portions; the acceptor is then as good as new, and what it held is in the
    /// [`Pending`].
    ///
    /// # Errors
    /// [`FrameError`] as soon as no further bytes can make a CONNECT of it. Close the connection.
    pub fn receive(&mut self, portion: &[u8]) -> Result<Option<Pending>, FrameError> {
        self.received.extend_from_slice(portion);
        let Some(&first) = self.received.first() else {
            return Ok(None);
        };
        match frame_type(first)? {
            FrameType::Connect => {}
            found => return Err(FrameError::NotConnect { found }),
        }
        let Parsed::Complete { value: frame, rest } =
            RawFrame::delimit(&self.received, self.limits)?
        else {
            return Ok(None);
        };
        let frame_len = self.received.len().saturating_sub(rest.len());
        let body_starts_at = frame_len.saturating_sub(frame.body.len());
        let bytes = core::mem::take(&mut self.received);
        Ok(Some(Pending {
            bytes,
            body_starts_at,
            frame_len,
        }))
    }
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

/// A CONNECT that is whole, and whatever came behind it.
pub struct Pending {
    bytes: Vec<u8>,
    body_starts_at: usize,
    frame_len: usize,
}

impl Pending {
    /// Reads the CONNECT.
    ///
    /// # Errors
    /// [`FrameError`] naming the field that is wrong. Close the connection.
    pub fn handshake(&self) -> Result<Handshake<'_>, FrameError> {
        let body = self
            .bytes
            .get(self.body_starts_at..self.frame_len)
            .unwrap_or_default();
        Ok(Handshake::new(Connect::decode(body)?))
    }

    /// The bytes behind the CONNECT: the client's next frames, or the beginnings of one. The
    /// memory is that of the acceptor's buffer.
    #[must_use]
    pub fn into_rest(mut self) -> Vec<u8> {
        self.bytes.drain(..self.frame_len);
        self.bytes
    }
}

/// Lengths only.
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("frame_len", &self.frame_len)
            .field("rest_len", &self.bytes.len().saturating_sub(self.frame_len))
            .finish()
    }
}
