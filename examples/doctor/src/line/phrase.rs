//! Decides whether the crate itself wrote `token verify fail` in a text, or another program quotes
//! it.

use super::pairs::end_of_quoted;
use super::search::Word;

/// What names the crate's error, as `error=token verify fail: …`.
const ERROR_FIELDS: [&str; 2] = ["error=", "err="];

/// What follows the phrase. Only a time, a level and words may precede it, but no field, no quote
/// and no tag of upstream's: after one of these, it would be text from a peer. Spans of tracing
/// have fields within their braces. Two such phrases outside quotes are ambiguous.
pub fn after<'t>(text: &'t str, phrase: &Word) -> Option<&'t str> {
    let (before, after) = without_spans(text, phrase)?;
    let before = ERROR_FIELDS
        .iter()
        .find_map(|field| before.strip_suffix(field))
        .unwrap_or(before);
    let is_plain = !before.contains(['"', '=', '{', '}', '【', '】']);
    (is_plain && !is_told_again(after, phrase)).then_some(after)
}

/// The text between the last span and the phrase, and the text after it.
fn without_spans<'t>(text: &'t str, phrase: &Word) -> Option<(&'t str, &'t str)> {
    let mut rest = text;
    loop {
        let (before, after) = phrase.split(rest)?;
        let Some(brace) = before.find('{') else {
            return Some((before, after));
        };
        let (words, fields) = (rest.get(..brace)?, rest.get(brace + 1..)?);
        let is_span = words.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let is_plain = !words.contains(['"', '=', '}', '【', '】']);
        rest = end_of_span(fields, phrase).filter(|_| is_span && is_plain)?;
    }
}

/// The text after `…}:`.
fn end_of_span<'t>(fields: &'t str, phrase: &Word) -> Option<&'t str> {
    let mut rest = fields;
    loop {
        let (within, after) = rest.split_at_checked(rest.find(['"', '}'])?)?;
        if phrase.is_in(within) {
            return None;
        }
        rest = match after.strip_prefix('"') {
            Some(quoted) => quoted.get(end_of_quoted(quoted)?..)?,
            None => return after.strip_prefix("}:"),
        };
    }
}

/// Whether the phrase occurs again, outside quotes.
fn is_told_again(text: &str, phrase: &Word) -> bool {
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once('"') {
        if phrase.is_in(before) {
            return true;
        }
        let Some(after) = end_of_quoted(quoted).and_then(|end| quoted.get(end..)) else {
            rest = quoted;
            break;
        };
        rest = after;
    }
    phrase.is_in(rest)
}
