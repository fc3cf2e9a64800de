//! Hex dumps: each line has an offset, up to 16 bytes, and often the same bytes as text.

/// The number of bytes in a line.
const WIDTH: usize = 16;

/// Returns `None` unless each line begins with the number of bytes before it.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (offset, rest) = split_offset(line.trim_start())?;
        if !is_offset(offset, bytes.len()) {
            return None;
        }
        bytes.extend(bytes_of(rest)?);
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// Accepts `00000010: …`, `00000010  …`, or a single offset at the end. Plain hex has at most one
/// space between bytes.
fn split_offset(line: &str) -> Option<(&str, &str)> {
    let end = line.find([' ', ':', '\t']).unwrap_or(line.len());
    let (offset, rest) = line.split_at_checked(end)?;
    let is_marked = rest.is_empty() || rest.starts_with(':') || offset.len() >= 4;
    (is_marked && (4..=8).contains(&offset.len())).then(|| (offset, rest.trim_start_matches(':')))
}

/// `od` writes octal offsets.
fn is_offset(text: &str, expected: usize) -> bool {
    let is = |radix| usize::from_str_radix(text, radix) == Ok(expected);
    is(16) || (text.len() == 7 && is(8))
}

/// Reads the bytes before the text beside them, which is separated by `|` or several spaces.
fn bytes_of(line: &str) -> Option<Vec<u8>> {
    let line = line.split('|').next()?.trim_start();
    let line = line.split("   ").next()?;
    let mut bytes = Vec::new();
    for word in line.split_ascii_whitespace() {
        if bytes.len() >= WIDTH {
            break;
        }
        bytes.extend(hex::decode(word).ok()?);
    }
    Some(bytes)
}
