//! `key=value key="value"`, as upstream's console form and logfmt have them.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::pairs::{end_of_quoted, unescaped};
use super::search::Word;

/// What is read, in any order, up to the client's own token: what comes behind that may be its
/// text.
const KEYS: [&str; 11] = [
    "time",
    "ts",
    "msg",
    "message",
    "error",
    "uid",
    "sourceNodeId",
    "deviceFlag",
    "expectToken",
    "actToken",
    "conn",
];

/// The fields of a line with a `msg=`; none if it has no such field.
pub fn fields(line: &str) -> Option<Map<String, Value>> {
    if !line.contains("msg=") && !line.contains("message=") {
        return None;
    }
    let (mut fields, mut quotes) = (Map::new(), false);
    let mut rest = line;
    while let Some((key, value)) = next(rest) {
        if key == "conn" {
            break;
        }
        // A logger that quotes messages quotes tokens, too: their end is known.
        quotes |= is_message(key) && value.starts_with('"');
        let is_token = matches!(key, "expectToken" | "actToken");
        if is_token && !(quotes && value.starts_with('"')) && may_be_of_a_wrapper(value) {
            // An empty expected token cannot be the beginning of a longer one.
            fields.retain(|key, value| key != "expectToken" || *value == "");
            break;
        }
        let (value, after) = first_value(value)?;
        fields.entry(key).or_insert(Value::String(value));
        if key == "actToken" {
            break;
        }
        rest = after;
    }
    let is_one = fields.contains_key("msg") || fields.contains_key("message");
    is_one.then_some(fields)
}

fn is_message(key: &str) -> bool {
    matches!(key, "msg" | "message")
}

fn first_value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (text, after) = quoted.split_at_checked(end_of_quoted(quoted)?)?;
        return Some((unescaped(text.strip_suffix('"')?), after));
    }
    // An unquoted message has spaces: it ends where the next field begins.
    let end = next_start(text).unwrap_or(text.len());
    let (text, after) = text.split_at_checked(end)?;
    Some((text.trim().to_owned(), after))
}

/// Whether a token may have characters of what the line was wrapped in, so that it proves nothing: it
/// is not quoted in the console form, and its end is not known. Marks in pairs are the token's own.
fn may_be_of_a_wrapper(value: &str) -> bool {
    if let Some(quoted) = value.strip_prefix('"') {
        let after = end_of_quoted(quoted).and_then(|end| quoted.get(end..));
        return after
            .is_none_or(|after| !after.is_empty() && !after.starts_with(char::is_whitespace));
    }
    let end = next_start(value).unwrap_or(value.len());
    let text = value.get(..end).unwrap_or(value);
    let is_half = |mark: char| text.matches(mark).count() % 2 == 1;
    ['"', '\'', '`'].into_iter().any(is_half)
        || text.contains("</")
        || text.contains(['|', ',', ';'])
}

/// The console form up to the client's token, which runs to the end of the line.
pub fn before_token(line: &str) -> Option<&str> {
    static BEFORE: LazyLock<Word> = LazyLock::new(|| Word::new("】token verify fail "));
    let (before, fields) = BEFORE.split(line)?;
    let token = fields.find("actToken=")?;
    let is_console = before.contains("msg=【");
    let end = line.len() - fields.len() + token;
    is_console.then(|| line.get(..end)).flatten()
}

/// The next field of interest, and what stands behind its `=`.
fn next(text: &str) -> Option<(&'static str, &str)> {
    let start = next_start(text)?;
    let (key, value) = text.get(start..)?.split_once('=')?;
    let known = KEYS.into_iter().find(|known| *known == key);
    match known {
        Some(known) => Some((known, value)),
        None => next(value),
    }
}

/// Where the next `key=` begins: at the beginning, or behind whitespace.
fn next_start(text: &str) -> Option<usize> {
    text.match_indices('=').find_map(|(equals, _)| {
        let before = text.get(..equals)?;
        let key = before.rsplit(char::is_whitespace).next()?;
        let is_key = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'@');
        (!key.is_empty() && key.bytes().all(is_key)).then(|| equals - key.len())
    })
}
