//! Bytes to text.

use core::str::Utf8Error;

use ascii::AsciiStr;

/// As `core::str::from_utf8`, which goes byte by byte up to an aligned address. Nearly all that
/// clients send is ASCII, which is seen a word or more at a time; `ascii` has the cast to a `str`,
/// which is `unsafe`, beside the check.
#[inline(always)]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    match AsciiStr::from_ascii(bytes) {
        Ok(text) => Ok(text.as_str()),
        Err(_) => core::str::from_utf8(bytes),
    }
}
