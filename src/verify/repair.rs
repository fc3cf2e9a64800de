//! What happens to tokens between the business server and the client, undone.
//!
//! Only to recognise a token, never to accept one.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::credentials::wrapping::{without_bearer, without_quotes, without_whitespace};
use crate::refusal::Alteration;

/// The shortest beginning of a token that is recognised. A shorter one would let a guesser find
/// out a token piece by piece from the causes.
const MIN_PREFIX: usize = 16;

/// The token with each alteration undone in turn, each on top of those before it; a step that
/// does not apply gives the same text again, so that there are always as many.
pub(crate) fn undo_alterations(presented: &str) -> [(Alteration, Cow<'_, str>); 7] {
    let without_mark = presented.strip_prefix('\u{feff}').unwrap_or(presented);
    let trimmed = without_whitespace(without_mark);
    let unquoted = without_quotes(trimmed);
    let bare = without_bearer(unquoted);
    let decoded = percent_decoded(bare);
    let is_hex = all(&decoded, |b| b.is_ascii_hexdigit() | (b == b'-'));
    let cased = |is_cased: bool, change: fn(&str) -> String| match is_hex && !is_cased {
        true => Cow::Owned(change(&decoded)),
        false => decoded.clone(),
    };
    let lower = cased(
        all(&decoded, |b| !b.is_ascii_uppercase()),
        str::to_ascii_lowercase,
    );
    let upper = cased(
        all(&decoded, |b| !b.is_ascii_lowercase()),
        str::to_ascii_uppercase,
    );
    [
        (Alteration::ByteOrderMark, Cow::Borrowed(without_mark)),
        (Alteration::Blanks, Cow::Borrowed(trimmed)),
        (Alteration::Quotes, Cow::Borrowed(unquoted)),
        (Alteration::Bearer, Cow::Borrowed(bare)),
        (Alteration::PercentEncoded, decoded),
        (Alteration::HexCase, lower),
        (Alteration::HexCase, upper),
    ]
}

/// Looks at all bytes, many at a time: faster than to stop at the first, and the same for all.
fn all(text: &str, is: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & is(byte))
}

/// The beginning of a stored token that is as long as the presented one, if that is long enough
/// to be recognised by.
pub(crate) fn beginning<'a>(stored: &'a [u8], presented: &str) -> Option<&'a [u8]> {
    let len = presented.len();
    let is_long_enough = (len >= MIN_PREFIX) & (len >= stored.len().div_ceil(2));
    stored.get(..len).filter(|_| is_long_enough)
}

/// `%41` as `A`. What is not percent-encoding stays as it is.
fn percent_decoded(text: &str) -> Cow<'_, str> {
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

/// The byte that `%XX` stands for, and what comes behind it.
fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = bytes else {
        return None;
    };
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = value(high)?.checked_mul(16)?.checked_add(value(low)?)?;
    Some((u8::try_from(byte).ok()?, rest))
}
