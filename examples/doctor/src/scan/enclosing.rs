//! The JSON object or array around a word: over several lines, or within a line that is too long to
//! be read as a whole.

use std::iter;

use memchr::{memchr2_iter, memrchr};
use serde_json::{Deserializer, Value};

use super::buffer::Buffer;

/// Places at which a value is tried.
const MAX_ATTEMPTS: usize = 64;

pub enum Around {
    /// Its text, and its end in the buffer.
    Object(String, usize),
    /// The available text may be the beginning of one.
    Needs,
    Nothing,
}

/// Whether a line may be a member of an object that spans several lines.
pub fn is_member(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"\"") && !line.starts_with(b"\"{")
}

/// The outermost object over several lines around the line of a word, up to the array that it
/// stands in. Looks no further than a window before and behind the word, nor before `floor`, where
/// what was understood last ends: of an array that is too long to be read whole, the objects are read
/// one by one, and then none of them twice. As long as more `can_come`, what is begun is waited for.
pub fn lines_around(
    buffer: &Buffer,
    word: usize,
    ends: usize,
    window: usize,
    floor: usize,
    can_come: bool,
) -> Around {
    let openings = openings(buffer, word, window);
    for start in openings.into_iter().rev().filter(|start| *start >= floor) {
        let text = buffer.behind(start);
        let text = text.get(..word + window - start).unwrap_or(text);
        match value(text) {
            Ok(len) if start + len >= ends => return object(buffer, start, start + len),
            Err(is_begun) if is_begun && can_come => return Around::Needs,
            _ => {}
        }
    }
    Around::Nothing
}

fn object(buffer: &Buffer, start: usize, end: usize) -> Around {
    match String::from_utf8(buffer.between(start, end).to_vec()) {
        Ok(text) => Around::Object(text, end),
        Err(_) => Around::Nothing,
    }
}

/// The positions at which the values around a word's line open, the innermost first.
fn openings(buffer: &Buffer, word: usize, window: usize) -> Vec<usize> {
    let earliest = word.saturating_sub(window);
    let mut found = Vec::new();
    let mut depth = 0;
    for (start, line) in lines_before(buffer, word).take_while(|(start, _)| *start >= earliest) {
        depth += net_depth(line);
        if depth <= 0 {
            continue;
        }
        depth = 0;
        let Some(opening) = line.iter().rposition(|byte| matches!(byte, b'{' | b'[')) else {
            break;
        };
        found.push(start + opening);
        if line.get(opening) == Some(&b'[') || found.len() == MAX_ATTEMPTS {
            break;
        }
    }
    found
}

/// The complete lines before that of a word, the last one first, each with its position.
fn lines_before(buffer: &Buffer, word: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut ends = memrchr(b'\n', buffer.between(0, word));
    iter::from_fn(move || {
        let end = ends?;
        ends = memrchr(b'\n', buffer.between(0, end));
        let start = match ends {
            Some(newline) => newline + 1,
            None if buffer.begins_with_line() => 0,
            None => return None,
        };
        Some((start, buffer.between(start, end)))
    })
}

/// How many brackets a line opens without closing them.
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

/// The innermost value around a position in a line, and its end.
pub fn value_around(buffer: &[u8], place: usize, most: usize) -> Option<(String, usize)> {
    let first = place.saturating_sub(most);
    let window = buffer.get(..buffer.len().min(place + most))?;
    // From the word backwards: a line of many words has many openings before each.
    memchr2_iter(b'{', b'[', buffer.get(first..place)?)
        .rev()
        .take(MAX_ATTEMPTS)
        .find_map(|opening| {
            let start = first + opening;
            let end = start + value(window.get(start..)?).ok()?;
            let text = String::from_utf8(buffer.get(start..end)?.to_vec()).ok()?;
            (end > place).then_some((text, end))
        })
}

/// The length of the value that a text begins with; otherwise whether it may be the beginning of
/// one.
fn value(text: &[u8]) -> Result<usize, bool> {
    let mut stream = Deserializer::from_slice(text).into_iter::<Value>();
    match stream.next() {
        Some(Ok(_)) => Ok(stream.byte_offset()),
        Some(Err(error)) => Err(error.is_eof()),
        None => Err(true),
    }
}
