//! The parser alone: what a fuzz target asserts, on every prefix and every damaged byte of the
//! sample.

#[path = "../../src/line/mod.rs"]
#[allow(dead_code, reason = "the program uses all of it")]
mod line;

use line::parse;

const SAMPLE: &str = include_str!("../../sample.log");

/// The parser is a pure function that never panics, and what it makes of a line it finds by words
/// for which no other line is read.
fn check(text: &str) {
    let entries = parse(text);
    assert_eq!(entries, parse(text));
    if !entries.is_empty() {
        assert!(
            line::needles().any(|needle| text.contains(needle)),
            "{text}"
        );
    }
}

#[test]
fn every_prefix_of_every_line_is_safe() {
    for line in SAMPLE.lines() {
        for (end, _) in line.char_indices() {
            check(&line[..end]);
            check(&line[end..]);
        }
    }
}

#[test]
fn every_damaged_byte_is_safe() {
    for line in SAMPLE.lines() {
        for index in 0..line.len() {
            let mut bytes = line.as_bytes().to_vec();
            for byte in [b'"', b'\\', b'{', b'=', 0xff] {
                bytes[index] = byte;
                check(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}
