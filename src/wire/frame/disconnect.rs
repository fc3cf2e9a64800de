//! DISCONNECT, which ends a session with a reason.

use core::fmt;

use bytes::BufMut;

use super::error::{EncodeError, FrameError};
use super::first_byte::{Flags, FrameType};
use super::header;
use super::reader::Reader;
use super::writer::{put_string, string_len};
use crate::escape::Quoted;
use crate::wire::reason_code::ReasonCode;

/// A DISCONNECT, on the wire `reason u8 · reason_text str` (PROTOCOL §4). A kick has reason 12,
/// after which the connection closes.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::frame::{Disconnect, Flags};
///
/// let mut bytes = Vec::new();
/// Disconnect::new(ReasonCode::ConnectKick, "bye").encode(Flags::default(), &mut bytes)?;
/// assert_eq!(bytes, b"\x90\x06\x0c\x00\x03bye");
/// # Ok::<(), wukongim_auth::frame::EncodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Disconnect<'a> {
    /// The reason code.
    pub reason: ReasonCode,
    /// The reason in words.
    pub reason_text: &'a str,
}

impl<'a> Disconnect<'a> {
    /// Creates a DISCONNECT.
    ///
    /// ```
    /// use wukongim_auth::frame::{Disconnect, Flags, ReasonCode};
    ///
    /// let mut bytes = Vec::new();
    /// let kick = Disconnect::new(ReasonCode::ConnectKick, "another device logged in");
    /// kick.encode(Flags::default(), &mut bytes)?;
    /// assert_eq!(bytes[0] >> 4, 9);
    /// # Ok::<(), wukongim_auth::frame::EncodeError>(())
    /// ```
    #[must_use]
    pub const fn new(reason: ReasonCode, reason_text: &'a str) -> Self {
        Disconnect {
            reason,
            reason_text,
        }
    }

    /// Reads a DISCONNECT's body. Bytes after the last field are ignored.
    ///
    /// # Errors
    /// [`FrameError`], which names the field that is truncated, too long, or not UTF-8.
    pub fn decode(body: &'a [u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let reason = ReasonCode::from(reader.u8("reason_code")?);
        Ok(Disconnect {
            reason,
            reason_text: reader.str("reason_text")?,
        })
    }

    pub(super) fn body_len(&self) -> Result<usize, EncodeError> {
        Ok(string_len("reason_text", self.reason_text)?.saturating_add(1))
    }

    /// Writes the whole frame, or nothing.
    ///
    /// # Errors
    /// [`EncodeError`] if the text is too long for its length field, or if `out` has too little
    /// room.
    pub fn encode(&self, flags: Flags, out: &mut impl BufMut) -> Result<(), EncodeError> {
        header::begin(FrameType::Disconnect, flags, self.body_len()?, out)?;
        out.put_u8(self.reason.wire());
        put_string(out, self.reason_text);
        Ok(())
    }
}

impl fmt::Debug for Disconnect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disconnect")
            .field("reason", &self.reason)
            .field("reason_text", &Quoted(self.reason_text))
            .finish()
    }
}
