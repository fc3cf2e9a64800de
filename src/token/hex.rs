//! Lower-case hexadecimal, for digests and generated tokens.

use alloc::string::String;

pub(crate) fn to_hex(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
        text.extend(char::from_digit(nibble.into(), 16));
    }
    text
}

/// Returns `None` unless `text` is exactly 64 hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0_u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
            *byte = byte.checked_mul(16)?.checked_add(value)?;
        }
    }
    Some(bytes)
}
