//! Frames of the binary protocol, borrowed from the received bytes without copying.
//!
//! `byte0 = type << 4 | flags`, then the remaining length (a base-128 varint of at most four
//! bytes), then the body. Integers are big-endian. PING and PONG are one byte.
//!
//! ```
//! use wukongim_auth::frame::{Frame, Limits, Packet, Parsed};
//!
//! let bytes = b"\x10\x16\x04\x00\x00\x01d\x00\x01u\x00\x01t\0\0\0\0\0\0\0\0\x00\x01k\x70";
//! let Parsed::Complete { value: frame, rest } = Frame::decode(bytes, 4, Limits::default())? else {
//!     panic!("the frame is whole");
//! };
//! let Packet::Connect(connect) = frame.packet else { panic!("it is a CONNECT") };
//! assert_eq!(connect.uid, "u");
//! assert_eq!(rest, b"\x70"); // a PING right behind it
//!
//! // Half a frame is no error.
//! let half = Frame::decode(&bytes[..20], 4, Limits::default())?;
//! assert!(matches!(half, Parsed::Incomplete { missing: Some(n) } if n.get() == 4));
//! # Ok::<(), wukongim_auth::frame::FrameError>(())
//! ```

mod connack;
mod connect;
mod disconnect;
mod error;
mod first_byte;
mod header;
mod limits;
mod parsed;
mod reader;
mod writer;

use core::fmt;

use bytes::BufMut;

pub use crate::wire::reason_code::{OtherReason, ReasonCode};
pub use connack::Connack;
pub use connect::Connect;
pub(crate) use connect::longest_string;
pub use disconnect::Disconnect;
pub use error::{EncodeError, FrameError};
pub use first_byte::{Flags, FrameType};
pub use header::RawFrame;
pub(crate) use header::{frame_type, split_body};
pub use limits::Limits;
pub use parsed::Parsed;

/// A frame of the binary protocol.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::frame::{Connack, Frame};
///
/// let frame = Frame::from(Connack::new(ReasonCode::Success));
/// let mut bytes = Vec::new();
/// frame.encode(4, &mut bytes)?;
/// assert_eq!(bytes.len(), frame.encoded_len(4)?);
/// # Ok::<(), wukongim_auth::frame::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// The flags of the first byte. They are ignored when a CONNACK, PING or PONG is written:
    /// CONNACK's only flag follows from its content.
    pub flags: Flags,
    /// The content.
    pub packet: Packet<'a>,
}

/// The content of a frame.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// A client's first frame.
    Connect(Connect<'a>),
    /// The server's answer.
    Connack(Connack<'a>),
    /// Keep-alive request.
    Ping,
    /// Keep-alive response.
    Pong,
    /// The end of a session.
    Disconnect(Disconnect<'a>),
    /// Any other frame, with its body unread. PING and PONG have no body; one given here is not
    /// written.
    Other {
        /// Its type.
        frame_type: FrameType,
        /// Its body.
        body: &'a [u8],
    },
}

/// The packets that consist of a single byte, in either of their spellings.
macro_rules! bare_frame {
    () => {
        Packet::Ping
            | Packet::Pong
            | Packet::Other {
                frame_type: FrameType::Ping | FrameType::Pong,
                ..
            }
    };
}

impl<'a> Frame<'a> {
    /// Creates a frame without flags.
    #[must_use]
    pub fn new(packet: Packet<'a>) -> Self {
        Frame {
            flags: Flags::default(),
            packet,
        }
    }

    /// Reads the frame at the start of `input`. `session_version` decides whether a CONNACK has a
    /// node id; a server that reads clients' frames may pass any value.
    ///
    /// ```
    /// use wukongim_auth::frame::{Frame, Limits, Packet, Parsed};
    ///
    /// let received = [0x70, 0x70]; // two PINGs
    /// let Parsed::Complete { value, rest } = Frame::decode(&received, 4, Limits::default())? else {
    ///     panic!("read more")
    /// };
    /// assert!(matches!(value.packet, Packet::Ping) && rest.len() == 1);
    /// # Ok::<(), wukongim_auth::frame::FrameError>(())
    /// ```
    ///
    /// # Errors
    /// [`FrameError`] if the input is invalid regardless of what follows. Too few bytes are
    /// [`Parsed::Incomplete`].
    #[inline]
    pub fn decode(
        input: &'a [u8],
        session_version: u8,
        limits: Limits,
    ) -> Result<Parsed<'a, Self>, FrameError> {
        Ok(match RawFrame::split_first(input, limits)? {
            Parsed::Complete { value: raw, rest } => Parsed::Complete {
                value: raw.parse(session_version)?,
                rest,
            },
            Parsed::Incomplete { missing } => Parsed::Incomplete { missing },
        })
    }

    /// The number of bytes that [`encode`](Self::encode) writes.
    ///
    /// # Errors
    /// [`EncodeError`] if the frame cannot be written at all.
    pub fn encoded_len(&self, session_version: u8) -> Result<usize, EncodeError> {
        let body_len = match &self.packet {
            Packet::Connect(connect) => connect.body_len()?,
            Packet::Connack(connack) => connack.body_len(session_version)?,
            bare_frame!() => return Ok(1),
            Packet::Disconnect(disconnect) => disconnect.body_len()?,
            Packet::Other { body, .. } => body.len(),
        };
        header::frame_len(body_len)
    }

    /// Writes the whole frame, or nothing.
    ///
    /// ```
    /// use wukongim_auth::frame::{Frame, Packet};
    ///
    /// let mut out = Vec::new();
    /// Frame::new(Packet::Pong).encode(4, &mut out)?;
    /// assert_eq!(out, [0x80]);
    /// # Ok::<(), wukongim_auth::frame::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// [`EncodeError`] if a string or the body is too long for its length field, or if `out` has
    /// no room for the frame.
    pub fn encode(&self, session_version: u8, out: &mut impl BufMut) -> Result<(), EncodeError> {
        match &self.packet {
            Packet::Connect(connect) => connect.encode(self.flags, out),
            Packet::Connack(connack) => connack.encode(session_version, out),
            bare_frame!() => header::put_bare(self.packet.frame_type(), out),
            Packet::Disconnect(disconnect) => disconnect.encode(self.flags, out),
            Packet::Other { frame_type, body } => {
                header::begin(*frame_type, self.flags, body.len(), out)?;
                out.put_slice(body);
                Ok(())
            }
        }
    }
}

impl<'a> Packet<'a> {
    /// The type of the frame.
    #[must_use]
    pub const fn frame_type(&self) -> FrameType {
        match self {
            Packet::Connect(_) => FrameType::Connect,
            Packet::Connack(_) => FrameType::Connack,
            Packet::Ping => FrameType::Ping,
            Packet::Pong => FrameType::Pong,
            Packet::Disconnect(_) => FrameType::Disconnect,
            Packet::Other { frame_type, .. } => *frame_type,
        }
    }
}

impl<'a> RawFrame<'a> {
    /// Reads the body if this crate knows the frame's type.
    ///
    /// # Errors
    /// [`FrameError`], which names the invalid field.
    #[inline]
    pub fn parse(self, session_version: u8) -> Result<Frame<'a>, FrameError> {
        let RawFrame {
            frame_type,
            flags,
            body,
        } = self;
        let packet = match frame_type {
            FrameType::Connect => Packet::Connect(Connect::decode(body)?),
            FrameType::Connack => Packet::Connack(Connack::decode(flags, body, session_version)?),
            FrameType::Ping => Packet::Ping,
            FrameType::Pong => Packet::Pong,
            FrameType::Disconnect => Packet::Disconnect(Disconnect::decode(body)?),
            frame_type => Packet::Other { frame_type, body },
        };
        Ok(Frame { flags, packet })
    }
}

/// Shows only the length of an unread body, because the body may hold secrets.
impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Packet::Connect(connect) => connect.fmt(f),
            Packet::Connack(connack) => connack.fmt(f),
            Packet::Ping => f.write_str("Ping"),
            Packet::Pong => f.write_str("Pong"),
            Packet::Disconnect(disconnect) => disconnect.fmt(f),
            Packet::Other { frame_type, body } => f
                .debug_struct("Other")
                .field("frame_type", frame_type)
                .field("body_len", &body.len())
                .finish(),
        }
    }
}

/// A frame without flags.
impl<'a, P: Into<Packet<'a>>> From<P> for Frame<'a> {
    fn from(packet: P) -> Self {
        Frame::new(packet.into())
    }
}

impl<'a> From<Connect<'a>> for Packet<'a> {
    fn from(connect: Connect<'a>) -> Self {
        Packet::Connect(connect)
    }
}

impl<'a> From<Connack<'a>> for Packet<'a> {
    fn from(connack: Connack<'a>) -> Self {
        Packet::Connack(connack)
    }
}

impl<'a> From<Disconnect<'a>> for Packet<'a> {
    fn from(disconnect: Disconnect<'a>) -> Self {
        Packet::Disconnect(disconnect)
    }
}
