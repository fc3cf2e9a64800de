//! Undoes what loggers, terminals and exports do to the characters of a line.

use std::borrow::Cow;

use memchr::memchr3;

/// How control sequences begin: unchanged, and as `cat -v` and rsyslog show them.
const INTRODUCERS: [&str; 3] = ["\u{1b}[", "^[[", "#033["];

/// Removes the colours that loggers and `grep` write to terminals.
pub fn without_colours(line: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(line);
    // Most lines contain none of the bytes that sequences begin with.
    if memchr3(b'\x1b', b'^', b'#', line.as_bytes()).is_none() {
        return plain;
    }
    for introducer in INTRODUCERS {
        if plain.contains(introducer) {
            plain = Cow::Owned(without(&plain, introducer));
        }
    }
    plain
}

fn without(line: &str, introducer: &str) -> String {
    let mut parts = line.split(introducer);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let codes = part.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | '?'));
        plain.push_str(codes.strip_prefix(['m', 'K']).unwrap_or(part));
    }
    plain
}

/// Removes one layer of an export: doubled quotes, as in CSV, XML entities, or backslashes. If
/// there are several, the first one is the outermost: the others may be a client's.
pub fn layer(line: &str) -> Option<String> {
    let undo: [(&str, Undo); 4] = [
        ("{\"\"", undoubled),
        ("\"\":", undoubled),
        ("&quot;", without_entities),
        ("\\\"", unescaped),
    ];
    let found = undo
        .iter()
        .filter_map(|(sign, undo)| Some((line.find(sign)?, undo)));
    let (_, undo) = found.min_by_key(|(at, _)| *at)?;
    Some(undo(line))
}

type Undo = fn(&str) -> String;

fn undoubled(line: &str) -> String {
    line.replace("\"\"", "\"")
}

fn without_entities(line: &str) -> String {
    let entities = [
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&apos;", "'"),
        ("&#39;", "'"),
        // Last, because its result is not an entity of this layer.
        ("&amp;", "&"),
    ];
    let undo = |text: String, (entity, c): (&str, &str)| text.replace(entity, c);
    entities.into_iter().fold(line.to_owned(), undo)
}

/// Undoes the escapes of JSON in a text that is not a JSON string as a whole.
fn unescaped(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\' | '/')) => plain.push(escaped),
                // A line has one line end: an escaped one belongs to the layer below, or is the
                // line's own.
                Some('n' | 'r') if chars.as_str().is_empty() => {}
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}
