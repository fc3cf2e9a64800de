//! Decoding of the encodings that a token may have gone through: percent-encoding, base64,
//! hexadecimal.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Decodes `%41` to `A`. Everything else stays as it is.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = escaped(rest).unwrap_or((*first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Returns the byte that `%XX` stands for, and the bytes after it.
fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = bytes else {
        return None;
    };
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = value(high)?.checked_mul(16)?.checked_add(value(low)?)?;
    Some((u8::try_from(byte).ok()?, rest))
}

/// Decodes base64, standard or URL-safe, with padding. Without padding, almost any word could be
/// base64.
pub(super) fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let padded = text.strip_suffix("==").or(text.strip_suffix('='))?;
    if text.len() % 4 != 0 || padded.is_empty() {
        return None;
    }
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len()), 0_u32, 0_u32);
    for character in padded.bytes() {
        bits = (bits << 6 | u32::from(sextet(character)?)) & 0xffff;
        count = count.saturating_add(6);
        if let Some(rest) = count.checked_sub(8) {
            count = rest;
            bytes.push((bits >> rest).to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

fn sextet(character: u8) -> Option<u8> {
    let (first, value) = match character {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' | b'-' => return Some(62),
        b'/' | b'_' => return Some(63),
        _ => return None,
    };
    character.checked_sub(first)?.checked_add(value)
}

/// Encodes bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}
