//! Undoing what happens to tokens between the business server and the client.
//!
//! The results serve only to recognise a token, never to accept one. Which steps are tried depends
//! only on the presented token.

mod encoding;

use alloc::borrow::Cow;
use alloc::string::String;

use crate::credentials::wrapping::{
    without_bearer, without_invisible, without_json, without_label, without_optional,
    without_quotes, without_whitespace,
};
use crate::refusal::Alteration;

/// The shortest beginning of a token that is recognised. Shorter ones would let an attacker guess a
/// token piece by piece with the help of the causes.
const MIN_PREFIX: usize = 16;

/// How often all steps are repeated: three rounds undo quotes inside percent-encoding inside JSON,
/// and one is added.
const ROUNDS: usize = 4;

/// The maximum number of texts that the steps may yield. Longer chains do not happen by accident,
/// and each text costs a comparison.
const MAX_TEXTS: usize = 8;

type Undo = fn(&str) -> Cow<'_, str>;

/// The steps, each applied to the result of the previous ones: the outermost alteration comes
/// first.
const STEPS: [(Alteration, Undo); 9] = [
    (Alteration::ByteOrderMark, |text| {
        Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))
    }),
    (Alteration::Blanks, |text| {
        Cow::Borrowed(without_whitespace(text))
    }),
    (Alteration::Invisible, without_invisible),
    (Alteration::Quotes, |text| {
        Cow::Borrowed(without_quotes(text))
    }),
    (Alteration::Optional, |text| {
        Cow::Borrowed(without_optional(text))
    }),
    (Alteration::Json, |text| Cow::Borrowed(without_json(text))),
    (Alteration::Bearer, |text| {
        Cow::Borrowed(without_bearer(text))
    }),
    (Alteration::Labelled, |text| {
        Cow::Borrowed(without_label(text))
    }),
    (Alteration::PercentEncoded, encoding::percent_decoded),
];

/// Calls `visit` with each text that the token may have been before it was altered, and with the
/// step undone last. The presented token itself is not among them.
pub(crate) fn undo_alterations(presented: &str, mut visit: impl FnMut(Alteration, &str)) {
    // Most wrong tokens consist only of these characters, and no step changes such a token, so the
    // steps are skipped. The choice depends only on the presented token.
    let text = match all(presented, is_plain) {
        true => Cow::Borrowed(presented),
        false => unwrapped(presented, &mut visit),
    };
    undo_rewriting(&text, &mut visit);
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Removes everything that is wrapped around the token.
fn unwrapped<'a>(presented: &'a str, visit: &mut impl FnMut(Alteration, &str)) -> Cow<'a, str> {
    let (mut text, mut texts) = (Cow::Borrowed(presented), 0_usize);
    for _ in 0..ROUNDS {
        let before = texts;
        for (how, undo) in STEPS {
            let undone = match &text {
                Cow::Borrowed(text) => undo(text),
                Cow::Owned(text) => Cow::Owned(undo(text).into_owned()),
            };
            // A step that changes nothing is not compared again. Whether it does depends on the
            // presented token alone, so the time still reveals nothing about stored tokens.
            if undone != text && texts < MAX_TEXTS {
                texts = texts.saturating_add(1);
                visit(how, &undone);
                text = undone;
            }
        }
        if texts == before {
            break;
        }
    }
    text
}

/// Undoes forms that rewrite the whole token: doubling, base64, dashes, and the case of hexadecimal
/// digits.
fn undo_rewriting(text: &str, visit: &mut impl FnMut(Alteration, &str)) {
    if let Some(half) = half_of_doubled(text) {
        visit(Alteration::Doubled, half);
    }
    if let Some(bytes) = encoding::base64_decoded(text) {
        visit(Alteration::Base64, &encoding::hex(&bytes));
        if let Ok(text) = String::from_utf8(bytes) {
            visit(Alteration::Base64, &text);
        }
    }
    if !all(text, |byte| byte.is_ascii_hexdigit() | (byte == b'-')) {
        return;
    }
    undo_case(Alteration::HexCase, text, visit);
    if !all(text, |byte| byte != b'-') {
        let digits = text.replace('-', "");
        visit(Alteration::Dashes, &digits);
        undo_case(Alteration::Dashes, &digits, visit);
    }
}

fn undo_case(how: Alteration, digits: &str, visit: &mut impl FnMut(Alteration, &str)) {
    if !all(digits, |byte| !byte.is_ascii_uppercase()) {
        visit(how, &digits.to_ascii_lowercase());
    }
    if !all(digits, |byte| !byte.is_ascii_lowercase()) {
        visit(how, &digits.to_ascii_uppercase());
    }
}

fn half_of_doubled(text: &str) -> Option<&str> {
    let (first, second) = text.split_at_checked(text.len() / 2)?;
    (first == second && !first.is_empty()).then_some(first)
}

/// Checks all bytes without an early exit: the compiler then checks many at once, and the time is
/// the same for every text of that length.
fn all(text: &str, is: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & is(byte))
}

/// Returns the beginning of a stored token with the presented one's length, if that is long enough
/// to recognise a token by.
pub(crate) fn beginning<'a>(stored: &'a [u8], presented: &str) -> Option<&'a [u8]> {
    let len = presented.len();
    let is_long_enough = (len >= MIN_PREFIX) & (len >= stored.len().div_ceil(2));
    stored.get(..len).filter(|_| is_long_enough)
}
