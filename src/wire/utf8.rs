//! Conversion of bytes to text.

use core::str::Utf8Error;

use ascii::AsciiStr;

/// Like `core::str::from_utf8`, but faster for ASCII, which is nearly everything that clients send.
/// The standard function goes byte by byte up to an aligned address; this check covers a word or
/// more at a time. The unchecked cast to `str` is `unsafe`, so it is left to `ascii`, which does it
/// beside the check.
#[inline(always)]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    match AsciiStr::from_ascii(bytes) {
        Ok(text) => Ok(text.as_str()),
        Err(_) => core::str::from_utf8(bytes),
    }
}
