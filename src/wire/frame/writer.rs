//! Writing of strings.

use bytes::BufMut;

use super::error::EncodeError;
use super::reader::MAX_STRING;

/// The number of bytes that a string takes on the wire, if it can be written.
pub(super) fn string_len(field: &'static str, text: &str) -> Result<usize, EncodeError> {
    match text.len() {
        len if len <= MAX_STRING => Ok(len.saturating_add(2)),
        len => Err(EncodeError::StringTooLong { field, len }),
    }
}

/// Writes a string whose length [`string_len`] has checked.
pub(super) fn put_string(out: &mut impl BufMut, text: &str) {
    out.put_u16(u16::try_from(text.len()).unwrap_or_default());
    out.put_slice(text.as_bytes());
}
