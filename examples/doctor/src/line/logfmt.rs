//! `key=value key="value"`, as upstream's console form and logfmt have them.

use serde_json::{Map, Value};

use super::pairs::{end_of_quoted, unescaped};

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
    let mut fields = Map::new();
    let mut rest = line;
    while let Some((key, value)) = next(rest) {
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (text, after) = quoted.split_at_checked(end_of_quoted(quoted)?)?;
                (unescaped(text.strip_suffix('"')?), after)
            }
            // An unquoted message has spaces: it ends where the next field begins.
            None => {
                let end = next_start(value).unwrap_or(value.len());
                let (text, after) = value.split_at_checked(end)?;
                (text.trim().to_owned(), after)
            }
        };
        if key == "conn" {
            break;
        }
        fields.entry(key).or_insert(Value::String(value));
        if key == "actToken" {
            break;
        }
        rest = after;
    }
    let is_one = fields.contains_key("msg") || fields.contains_key("message");
    is_one.then_some(fields)
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
