//! The parts of a log that may be printed: uids escaped and truncated, tokens as fingerprints.

use std::borrow::Cow;
use std::fmt::Write;

use wukongim_auth::compare::PresentedToken;

use crate::line::fingerprint::is_fingerprint;

const MAX_PRINTED: usize = 64;

/// Escapes what could forge or hide part of the output, and keeps at most 64 characters.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\');
    if text.len() <= MAX_PRINTED && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars();
    let mut escaped: String = chars
        .by_ref()
        .take(MAX_PRINTED)
        .flat_map(char::escape_debug)
        .collect();
    if chars.next().is_some() {
        escaped.push('…');
    }
    Cow::Owned(escaped)
}

/// A token's fingerprint; with `--reveal`, the token itself. `None` if there is none.
pub fn token(text: Option<&str>, reveal: bool) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    if reveal || is_fingerprint(text) {
        return Some(escaped(text).into_owned());
    }
    Some(PresentedToken::new(text).to_string())
}

/// `uid="alice" expectToken=none actToken=len=…`, as far as they are known.
pub fn tokens(expected: Option<&str>, actual: Option<&str>, reveal: bool) -> String {
    let mut shown = String::new();
    for (name, text) in [("expectToken", expected), ("actToken", actual)] {
        if let Some(text) = text {
            let token = token(Some(text), reveal).unwrap_or_else(|| "none".to_owned());
            let _ = write!(shown, " {name}=[{token}]");
        }
    }
    shown
}
