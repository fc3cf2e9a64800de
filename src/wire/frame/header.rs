//! The fixed header, which tells where a frame ends before its body is read.

use core::fmt;
use core::num::NonZeroUsize;

use bytes::BufMut;

use super::error::{EncodeError, FrameError};
use super::first_byte::{Flags, FrameType};
use super::limits::Limits;
use super::parsed::Parsed;

/// The maximum number of bytes of a remaining length.
const MAX_LENGTH_BYTES: usize = 4;

/// The longest body that a remaining length can announce.
const MAX_BODY_ON_WIRE: usize = (1 << 28) - 1;

/// A delimited frame whose body is unread.
///
/// ```
/// use wukongim_auth::frame::{FrameType, Limits, Parsed, RawFrame};
///
/// let Parsed::Complete { value, rest } = RawFrame::split_first(b"\x62\x03abc\x70", Limits::default())? else {
///     panic!("it is whole");
/// };
/// assert_eq!((value.frame_type, value.body), (FrameType::Recvack, &b"abc"[..]));
/// assert_eq!(rest, b"\x70");
/// # Ok::<(), wukongim_auth::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawFrame<'a> {
    /// Its type.
    pub frame_type: FrameType,
    /// Its flags.
    pub flags: Flags,
    /// Its body, empty for PING and PONG.
    pub body: &'a [u8],
}

impl<'a> RawFrame<'a> {
    /// Splits off the frame at the start of `input`. Checks, in this order: the type, the remaining
    /// length, the limit, and whether the body is complete.
    ///
    /// # Errors
    /// [`FrameError`] if the input is invalid regardless of what follows.
    #[inline]
    pub fn split_first(input: &'a [u8], limits: Limits) -> Result<Parsed<'a, Self>, FrameError> {
        let Some((&first, after_first)) = input.split_first() else {
            return Ok(Parsed::Incomplete { missing: None });
        };
        let frame_type = frame_type(first)?;
        let body = match frame_type {
            FrameType::Ping | FrameType::Pong => Parsed::Complete {
                value: &[][..],
                rest: after_first,
            },
            _ => split_body(after_first, limits)?,
        };
        Ok(match body {
            Parsed::Complete { value: body, rest } => Parsed::Complete {
                value: RawFrame {
                    frame_type,
                    flags: Flags::from_bits(first),
                    body,
                },
                rest,
            },
            Parsed::Incomplete { missing } => Parsed::Incomplete { missing },
        })
    }
}

/// Splits off a frame's body, given the bytes after the first one.
#[inline]
pub(crate) fn split_body(
    after_first: &[u8],
    limits: Limits,
) -> Result<Parsed<'_, &[u8]>, FrameError> {
    let Some((len, after_header)) = remaining_length(after_first)? else {
        return Ok(Parsed::Incomplete { missing: None });
    };
    let max = limits.max_body();
    if len > max {
        return Err(FrameError::TooLarge { len, max });
    }
    Ok(match after_header.split_at_checked(len) {
        Some((body, rest)) => Parsed::Complete { value: body, rest },
        None => Parsed::Incomplete {
            missing: NonZeroUsize::new(len.saturating_sub(after_header.len())),
        },
    })
}

/// Shows the body's length, not its bytes, which may hold a token.
impl fmt::Debug for RawFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawFrame")
            .field("frame_type", &self.frame_type)
            .field("flags", &self.flags)
            .field("body_len", &self.body.len())
            .finish()
    }
}

/// The frame type in a first byte.
#[inline]
pub(crate) fn frame_type(first: u8) -> Result<FrameType, FrameError> {
    let number = first >> 4;
    FrameType::from_wire(number).ok_or(FrameError::UnknownType(number))
}

/// Reads a remaining length: seven bits per byte, the low group first, at most four bytes.
/// Non-minimal forms are accepted, as upstream does.
#[inline]
fn remaining_length(input: &[u8]) -> Result<Option<(usize, &[u8])>, FrameError> {
    let mut len = 0;
    let mut rest = input;
    for shift in [0, 7, 14, 21] {
        let Some((&byte, tail)) = rest.split_first() else {
            return Ok(None);
        };
        len |= usize::from(byte & 0x7f) << shift;
        rest = tail;
        if byte & 0x80 == 0 {
            return Ok(Some((len, rest)));
        }
    }
    Err(FrameError::OverlongLength)
}

/// Writes the header of a frame with a body of `body_len` bytes, if the whole frame fits.
#[inline]
pub(super) fn begin(
    frame_type: FrameType,
    flags: Flags,
    body_len: usize,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let (needed, remaining) = (frame_len(body_len)?, out.remaining_mut());
    if needed > remaining {
        return Err(EncodeError::BufferFull { needed, remaining });
    }
    out.put_u8(frame_type.wire() << 4 | flags.bits());
    let mut rest = body_len;
    for _ in 0..MAX_LENGTH_BYTES {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 {
            out.put_u8(low);
            break;
        }
        out.put_u8(low | 0x80);
    }
    Ok(())
}

/// Writes a frame that consists only of its first byte, without flags.
pub(super) fn put_bare(frame_type: FrameType, out: &mut impl BufMut) -> Result<(), EncodeError> {
    put(&[frame_type.wire() << 4], out)
}

/// Writes a whole frame.
#[inline]
pub(super) fn put(frame: &[u8], out: &mut impl BufMut) -> Result<(), EncodeError> {
    let (needed, remaining) = (frame.len(), out.remaining_mut());
    if needed > remaining {
        return Err(EncodeError::BufferFull { needed, remaining });
    }
    out.put_slice(frame);
    Ok(())
}

/// The length of a frame whose body has `body_len` bytes.
#[inline]
pub(super) const fn frame_len(body_len: usize) -> Result<usize, EncodeError> {
    let header_len = match body_len {
        0..0x80 => 2,
        0x80..0x4000 => 3,
        0x4000..0x20_0000 => 4,
        0x20_0000..=MAX_BODY_ON_WIRE => 5,
        len => return Err(EncodeError::BodyTooLong { len }),
    };
    Ok(body_len.saturating_add(header_len))
}
