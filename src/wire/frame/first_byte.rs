//! The first byte of a frame: its type and its flags.

use core::fmt;

/// The type of a frame: the upper half of its first byte (PROTOCOL §1).
///
/// ```
/// use wukongim_auth::frame::FrameType;
///
/// assert_eq!(u8::from(FrameType::Connack), 2);
/// assert_eq!(FrameType::Connack.to_string(), "CONNACK");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameType {
    /// 1, client to server.
    Connect,
    /// 2, server to client.
    Connack,
    /// 3.
    Send,
    /// 4.
    Sendack,
    /// 5.
    Recv,
    /// 6.
    Recvack,
    /// 7; one byte, no length.
    Ping,
    /// 8; one byte, no length.
    Pong,
    /// 9.
    Disconnect,
    /// 10.
    Sub,
    /// 11.
    Suback,
    /// 12.
    Event,
}

impl FrameType {
    /// The number on the wire, 1 to 12.
    pub(crate) const fn wire(self) -> u8 {
        match self {
            FrameType::Connect => 1,
            FrameType::Connack => 2,
            FrameType::Send => 3,
            FrameType::Sendack => 4,
            FrameType::Recv => 5,
            FrameType::Recvack => 6,
            FrameType::Ping => 7,
            FrameType::Pong => 8,
            FrameType::Disconnect => 9,
            FrameType::Sub => 10,
            FrameType::Suback => 11,
            FrameType::Event => 12,
        }
    }

    pub(super) const fn from_wire(number: u8) -> Option<Self> {
        Some(match number {
            1 => FrameType::Connect,
            2 => FrameType::Connack,
            3 => FrameType::Send,
            4 => FrameType::Sendack,
            5 => FrameType::Recv,
            6 => FrameType::Recvack,
            7 => FrameType::Ping,
            8 => FrameType::Pong,
            9 => FrameType::Disconnect,
            10 => FrameType::Sub,
            11 => FrameType::Suback,
            12 => FrameType::Event,
            _ => return None,
        })
    }
}

impl From<FrameType> for u8 {
    fn from(frame_type: FrameType) -> Self {
        frame_type.wire()
    }
}

impl fmt::Display for FrameType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            FrameType::Connect => "CONNECT",
            FrameType::Connack => "CONNACK",
            FrameType::Send => "SEND",
            FrameType::Sendack => "SENDACK",
            FrameType::Recv => "RECV",
            FrameType::Recvack => "RECVACK",
            FrameType::Ping => "PING",
            FrameType::Pong => "PONG",
            FrameType::Disconnect => "DISCONNECT",
            FrameType::Sub => "SUB",
            FrameType::Suback => "SUBACK",
            FrameType::Event => "EVENT",
        })
    }
}

/// The flags of a frame: the lower half of its first byte. All 16 values are accepted everywhere.
///
/// Bit 0 means "a server version follows" in a CONNACK, and "no persist" everywhere else.
///
/// ```
/// use wukongim_auth::frame::Flags;
///
/// let flags = Flags::from_bits(0x62); // of a RECVACK's first byte
/// assert!(flags.red_dot() && !flags.dup());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// Creates flags from the lower four bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Flags(bits & 0x0f)
    }

    /// The four bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Bit 0: the message must not be stored.
    #[must_use]
    pub const fn no_persist(self) -> bool {
        self.0 & 1 != 0
    }

    /// Bit 1: the message counts as unread.
    #[must_use]
    pub const fn red_dot(self) -> bool {
        self.0 & 2 != 0
    }

    /// Bit 2: the message is synchronised once.
    #[must_use]
    pub const fn sync_once(self) -> bool {
        self.0 & 4 != 0
    }

    /// Bit 3: the frame was sent before.
    #[must_use]
    pub const fn dup(self) -> bool {
        self.0 & 8 != 0
    }
}
