//! The values of JSON within a line of text.

use memchr::memchr2;
use serde_json::error::Category;
use serde_json::{Deserializer, Error, Value};

use super::record::before_conn;

/// How often a line may be read over for values that prove to be none. A line of brackets would
/// otherwise be read once for each of them.
const MAX_READINGS: usize = 16;

/// What is read at least, however short the line is.
const MIN_EFFORT: usize = 16 * 1024;

/// A value in a line.
pub struct Found<'l> {
    /// What stands between the value before and this one.
    pub before: &'l str,
    pub raw: &'l str,
    pub value: Value,
}

/// The objects and arrays of a line, and what was not looked at because that would take too long.
/// One that begins behind `conn` is that, in a line whose beginning is missing.
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

/// How far a reader came.
fn read_in_vain(error: &Error, text: &str) -> usize {
    match (error.classify(), error.line()) {
        (Category::Syntax, 1) => error.column(),
        _ => text.len(),
    }
}

/// `[GIN]` is none, nor is `[1]` of a thread.
fn is_a_value_of_interest(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(all) => all.iter().any(|one| !one.is_number()),
        _ => false,
    }
}
