//! JSON objects one after another in a stream: each byte is examined once, in whatever chunks it
//! comes.

use std::io;

use bytes::{Bytes, BytesMut};

use crate::conversation::MAX_MESSAGE;

/// Levels of nesting: messages need three or four.
const MAX_DEPTH: usize = 32;

/// The received bytes, and how far they have been examined.
#[derive(Default)]
pub struct Objects {
    received: BytesMut,
    scanned: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Objects {
    pub fn push(&mut self, chunk: &[u8]) {
        self.received.extend_from_slice(chunk);
    }

    /// The next complete object, including whitespace before it. The content within the brackets is
    /// checked by the parser.
    pub fn next(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(&byte) = self.received.get(self.scanned) {
            self.scanned += 1;
            if self.scanned > MAX_MESSAGE {
                return Err(io::Error::other("a JSON-RPC message that is too long"));
            }
            if self.step(byte)? {
                let object = self.received.split_to(self.scanned).freeze();
                self.scanned = 0;
                return Ok(Some(object));
            }
        }
        Ok(None)
    }

    /// Whether this byte ends the object.
    fn step(&mut self, byte: u8) -> io::Result<bool> {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' if self.depth > 0 => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' => self.depth += 1,
            b'[' if self.depth > 0 => self.depth += 1,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                return Ok(self.depth == 0);
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ if self.depth == 0 => return Err(io::Error::other("no JSON-RPC message")),
            _ => {}
        }
        match self.depth <= MAX_DEPTH {
            true => Ok(false),
            false => Err(io::Error::other("a JSON-RPC message nested too deep")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All objects that are found in chunks of this size, and whether it fails after them.
    fn found(text: &str, size: usize) -> (Vec<String>, bool) {
        let (mut objects, mut found) = (Objects::default(), Vec::new());
        for chunk in text.as_bytes().chunks(size) {
            objects.push(chunk);
            loop {
                match objects.next() {
                    Ok(Some(object)) => found.push(String::from_utf8(object.to_vec()).unwrap()),
                    Ok(None) => break,
                    Err(_) => return (found, true),
                }
            }
        }
        (found, false)
    }

    /// Bytes that were examined are not examined again: otherwise they could look like the end of
    /// an object.
    #[test]
    fn a_byte_is_looked_at_once() {
        let object = br#" {"a":[{"}":"\"]{"},[1]],"b":null}"#;
        let mut objects = Objects::default();
        for (index, byte) in object.iter().enumerate() {
            objects.received.fill(b'}');
            objects.push(&[*byte]);
            let found = objects.next().unwrap().map(|found| found.len());
            let is_last = index + 1 == object.len();
            assert_eq!(found, is_last.then_some(object.len()), "byte {index}");
        }
    }

    #[test]
    fn objects_are_found_however_they_are_cut() {
        struct Case {
            text: String,
            found: &'static [&'static str],
            fails: bool,
        }
        let case = |text: &str, found, fails| Case {
            text: text.to_owned(),
            found,
            fails,
        };
        for case in [
            case("", &[], false),
            case("{}", &["{}"], false),
            case(" {}\n{}", &[" {}", "\n{}"], false),
            case(r#"{"a":[{}]}{"#, &[r#"{"a":[{}]}"#], false),
            case(r#"{"}":"\"}"}"#, &[r#"{"}":"\"}"}"#], false),
            case(r#"{"a":"\\"}{}"#, &[r#"{"a":"\\"}"#, "{}"], false),
            case("{}[]", &["{}"], true),
            case("{}x", &["{}"], true),
            case("}", &[], true),
            case("\"{}\"", &[], true),
            case(&"[".repeat(33), &[], true),
            case(&format!("{{{}", "[".repeat(31)), &[], false),
            case(&format!("{{{}", "[".repeat(32)), &[], true),
            case(&format!("{{\"{}", " ".repeat(MAX_MESSAGE - 2)), &[], false),
            case(&format!("{{\"{}", " ".repeat(MAX_MESSAGE - 1)), &[], true),
            case(&" ".repeat(MAX_MESSAGE + 1), &[], true),
        ] {
            for size in [1, 2, 5, usize::MAX] {
                let (found, fails) = found(&case.text, size);
                let start = case.text.get(..40).unwrap_or(&case.text);
                assert_eq!(found, case.found, "{start} in chunks of {size}");
                assert_eq!(fails, case.fails, "{start} in chunks of {size}");
            }
        }
    }
}
