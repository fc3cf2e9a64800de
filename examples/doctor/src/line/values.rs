//! The values of JSON within a line of text.

use serde_json::{Deserializer, Value};

use super::record::before_conn;

/// Places in a line at which a value is looked for.
const MAX_ATTEMPTS: usize = 16;

/// The objects and arrays of a line, each with the text before it. One that begins behind `conn` is
/// that, in a line whose beginning is missing.
pub fn values(line: &str) -> Vec<(&str, Value)> {
    let mut values = Vec::new();
    let (mut start, end) = (0, before_conn(line).len());
    for _ in 0..MAX_ATTEMPTS {
        let Some(next) = line.get(start..end).and_then(|rest| rest.find(['{', '['])) else {
            break;
        };
        let (before, from) = line.split_at(start + next);
        let mut stream = Deserializer::from_str(from).into_iter::<Value>();
        start += next + 1;
        match stream.next() {
            Some(Ok(value)) if is_a_value_of_interest(&value) => {
                start += stream.byte_offset().saturating_sub(1);
                values.push((before, value));
            }
            _ => {}
        }
    }
    values
}

/// `[GIN]` is none, nor is `[1]` of a thread.
fn is_a_value_of_interest(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(all) => all.iter().any(|one| !one.is_number()),
        _ => false,
    }
}
