//! JSON values within a line of text.

use memchr::memchr2;
use serde_json::error::Category;
use serde_json::{Deserializer, Error, Value};

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

/// The objects and arrays of a line, and the part that was not read because that would take too
/// long. In a line whose beginning is missing, one after `conn` is `conn`'s value.
pub fn values(line: &str) -> (Vec<Found<'_>>, Option<&str>) {
    let mut values = Vec::new();
    let (mut start, end) = (0, before_conn(line).len());
    let (mut behind, mut effort) = (0, 0);
    while let Some(next) = opening(line, start, end) {
        if effort > MAX_READINGS * line.len().max(MIN_EFFORT / MAX_READINGS) {
            return (values, line.get(start..end));
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
                let raw = from.get(..len).unwrap_or(from);
                values.push(Found { before, raw, value });
            }
            Some(Ok(_)) => effort += stream.byte_offset(),
            Some(Err(error)) => effort += read_in_vain(&error, from),
            None => {}
        }
    }
    (values, None)
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
