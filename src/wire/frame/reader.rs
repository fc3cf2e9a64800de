//! A forward-only cursor, the only code that touches a body's bytes.

use super::error::FrameError;
use crate::wire::utf8;

/// The maximum length of a string. Upstream reads the two length bytes as a signed number.
pub(super) const MAX_STRING: usize = 0x7fff;

/// Holds the rest of a body and splits it, so there are no offsets to get wrong.
///
/// Its functions are inlined because every CONNECT passes through seven of them, and each is only a
/// few instructions long.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline(always)]
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Reader { rest: body }
    }

    #[inline(always)]
    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, FrameError> {
        self.array(field).map(u8::from_be_bytes)
    }

    #[inline(always)]
    pub(super) fn i64(&mut self, field: &'static str) -> Result<i64, FrameError> {
        self.array(field).map(i64::from_be_bytes)
    }

    #[inline(always)]
    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, FrameError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// Reads a length of two bytes, then that many bytes.
    #[inline(always)]
    pub(super) fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], FrameError> {
        let len = usize::from(u16::from_be_bytes(self.array(field)?));
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) if len <= MAX_STRING => {
                self.rest = rest;
                Ok(bytes)
            }
            _ => Err(missing(field, len)),
        }
    }

    #[inline(always)]
    pub(super) fn str(&mut self, field: &'static str) -> Result<&'a str, FrameError> {
        utf8::text(self.bytes(field)?).map_err(|_| invalid_utf8(field))
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FrameError> {
        let (array, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| missing(field, N))?;
        self.rest = rest;
        Ok(*array)
    }
}

/// The bytes of a field are not there. Errors are made out of line: otherwise each field's name
/// would be loaded before it is known whether it is needed.
#[cold]
#[inline(never)]
fn missing(field: &'static str, len: usize) -> FrameError {
    match len <= MAX_STRING {
        true => FrameError::Truncated { field },
        false => FrameError::StringTooLong { field, len },
    }
}

#[cold]
#[inline(never)]
fn invalid_utf8(field: &'static str) -> FrameError {
    FrameError::InvalidUtf8 { field }
}
