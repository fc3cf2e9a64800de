//! Bytes to text.

use core::str::Utf8Error;

use ascii::AsciiStr;

/// `core::str::from_utf8`, with ASCII, which nearly all that clients send is, seen eight bytes at a
/// time wherever it begins; the library's own check goes byte by byte up to an aligned address.
#[inline(always)]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    match AsciiStr::from_ascii(bytes) {
        Ok(text) => Ok(text.as_str()),
        Err(_) => core::str::from_utf8(bytes),
    }
}
