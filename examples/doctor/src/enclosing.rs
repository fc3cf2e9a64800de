//! The object or array of JSON around a word: over several lines, or within a line that is too
//! long to be looked at as a whole.

use memchr::{memchr2_iter, memrchr};
use serde_json::{Deserializer, Value};

use crate::source::WINDOW;

/// Places at which a value is tried.
const MAX_ATTEMPTS: usize = 64;

pub enum Around {
    /// Its text, and where it ends in the buffer.
    Object(String, usize),
    /// What there is may be the beginning of one.
    Needs,
    Nothing,
}

/// Whether a line may be a member of an object over several lines.
pub fn is_member(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"\"") && !line.starts_with(b"\"{")
}

/// The outermost object over several lines around one of them, up to the array that it stands in.
pub fn lines_around(buffer: &[u8], begins: usize, ends: usize) -> Around {
    let mut needs = false;
    for start in openings(buffer, begins).into_iter().rev() {
        let window = buffer.get(start..).unwrap_or_default();
        let window = window.get(..2 * WINDOW).unwrap_or(window);
        match value(window) {
            Ok(len) if start + len >= ends => return object(buffer, start, start + len),
            Ok(_) => {}
            Err(is_begun) => needs |= is_begun,
        }
    }
    if needs {
        Around::Needs
    } else {
        Around::Nothing
    }
}

fn object(buffer: &[u8], start: usize, end: usize) -> Around {
    let text = buffer.get(start..end).map(<[u8]>::to_vec);
    match text.map(String::from_utf8) {
        Some(Ok(text)) => Around::Object(text, end),
        _ => Around::Nothing,
    }
}

/// Where what is around a line opens, the innermost first.
fn openings(buffer: &[u8], begins: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut depth, mut end) = (0, begins);
    while end > 0 && begins - end < WINDOW && found.len() < MAX_ATTEMPTS {
        let before = buffer.get(..end - 1).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = before.get(start..).unwrap_or_default();
        depth += net_depth(line);
        if depth > 0 {
            depth = 0;
            let opening = line.iter().rposition(|byte| matches!(byte, b'{' | b'['));
            let Some(opening) = opening else { break };
            found.push(start + opening);
            if line.get(opening) == Some(&b'[') {
                break;
            }
        }
        end = start;
    }
    found
}

/// How many brackets a line opens that it does not close.
fn net_depth(line: &[u8]) -> i32 {
    let (mut depth, mut is_quoted, mut is_escaped) = (0, false, false);
    for byte in line {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'{' | b'[' if !is_quoted => depth += 1,
            b'}' | b']' if !is_quoted => depth -= 1,
            _ => {}
        }
    }
    depth
}

/// The innermost value around a place in a line, and where it ends.
pub fn value_around(buffer: &[u8], place: usize, most: usize) -> Option<(String, usize)> {
    let first = place.saturating_sub(most);
    let openings: Vec<_> = memchr2_iter(b'{', b'[', buffer.get(first..place)?).collect();
    let window = buffer.get(..buffer.len().min(place + most))?;
    openings
        .into_iter()
        .rev()
        .take(MAX_ATTEMPTS)
        .find_map(|opening| {
            let start = first + opening;
            let end = start + value(window.get(start..)?).ok()?;
            let text = String::from_utf8(buffer.get(start..end)?.to_vec()).ok()?;
            (end > place).then_some((text, end))
        })
}

/// The length of the value that a text begins with; else whether it may be the beginning of one.
fn value(text: &[u8]) -> Result<usize, bool> {
    let mut stream = Deserializer::from_slice(text).into_iter::<Value>();
    match stream.next() {
        Some(Ok(_)) => Ok(stream.byte_offset()),
        Some(Err(error)) => Err(error.is_eof()),
        None => Err(true),
    }
}
