//! JSON values within a line of text.

use memchr::memchr2;
use serde_json::error::Category;
use serde_json::{Deserializer, Error, Value};

use super::logfmt::before_token;
use super::record::before_conn;

/// How much of a line may be read again for values that turn out to be none. Otherwise, a line of
/// brackets would be read once for each of them.
const MAX_READINGS: usize = 16;

/// The minimum that is read, however short the line is.
const MIN_EFFORT: usize = 16 * 1024;

/// A value in a line.
pub struct Found<'l> {
    /// The text between the previous value and this one.
    pub before: &'l str,
    pub raw: &'l str,
    pub value: Value,
}

/// The objects and arrays of a line, and the text behind them.
pub struct Values<'l> {
    pub found: Vec<Found<'l>>,
    pub behind: &'l str,
    /// Whether that was not read because it would take too long.
    pub is_left_out: bool,
}

/// In a line whose beginning is missing, a value after a `conn` outside of the others is `conn`'s.
pub fn values(line: &str) -> Values<'_> {
    let mut found = Vec::new();
    let (mut start, mut end) = (0, before_peer(line).len());
    let (mut behind, mut effort, mut is_left_out) = (0, 0, false);
    while let Some(next) = opening(line, start, end) {
        if effort > MAX_READINGS * line.len().max(MIN_EFFORT / MAX_READINGS) {
            is_left_out = true;
            behind = start;
            break;
        }
        let (before, from) = line.split_at(next);
        let before = before.get(behind..).unwrap_or_default();
        let mut stream = Deserializer::from_str(from).into_iter::<Value>();
        start = next + 1;
        match stream.next() {
            Some(Ok(value)) if is_a_value_of_interest(&value) => {
                let len = stream.byte_offset();
                start = next + len;
                behind = start;
                if end < line.len() {
                    let rest = line.get(start..).unwrap_or_default();
                    end = start + before_peer(rest).len();
                }
                let raw = from.get(..len).unwrap_or(from);
                found.push(Found { before, raw, value });
            }
            Some(Ok(_)) => effort += stream.byte_offset(),
            Some(Err(error)) => effort += read_in_vain(&error, from),
            None => {}
        }
    }
    Values {
        found,
        behind: line.get(behind..end).unwrap_or_default(),
        is_left_out,
    }
}

/// A text up to what a client may have written: its connection, or its token in a line without quotes.
fn before_peer(text: &str) -> &str {
    let before_conn = before_conn(text);
    before_token(before_conn).unwrap_or(before_conn)
}

fn opening(line: &str, start: usize, end: usize) -> Option<usize> {
    let rest = line.as_bytes().get(start..end)?;
    Some(start + memchr2(b'{', b'[', rest)?)
}

/// How far a reader has come.
fn read_in_vain(error: &Error, text: &str) -> usize {
    match (error.classify(), error.line()) {
        (Category::Syntax, 1) => error.column(),
        _ => text.len(),
    }
}

/// `[GIN]` is not a value, and neither is a thread's `[1]`.
fn is_a_value_of_interest(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(all) => all.iter().any(|one| !one.is_number()),
        _ => false,
    }
}
