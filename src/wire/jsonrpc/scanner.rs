//! Finds the end of a JSON object that arrives in chunks, and reads each byte only once.

use super::error::JsonRpcError;

/// The maximum nesting of a request. A connect request needs three levels.
const MAX_DEPTH: usize = 16;

/// The maximum number of members and elements of a request, counted by its commas. A connect
/// request has a dozen.
const MAX_MEMBERS: usize = 256;

/// The state of a scan over a growing buffer.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    scanned: usize,
    depth: usize,
    members: usize,
    place: Place,
}

/// The context of the next byte.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Structure,
    Text,
    /// After a backslash.
    Escaped,
}

impl Scanner {
    /// Continues where the last scan of the same buffer, which has grown since, ended. Returns the
    /// length of the object if it is complete, including whitespace before it.
    pub(crate) fn scan(
        &mut self,
        buffer: &[u8],
        max_len: usize,
    ) -> Result<Option<usize>, JsonRpcError> {
        let allowed = buffer.get(..max_len).unwrap_or(buffer);
        let mut unseen = allowed.get(self.scanned..).unwrap_or_default();
        while let Some((byte, rest)) = unseen.split_first() {
            unseen = match self.place {
                // Skips a whole string at once. Byte by byte, each quote would cost two turns of
                // the loop.
                Place::Structure if *byte == b'"' => {
                    self.place = Place::Text;
                    self.skip_text(rest)
                }
                Place::Structure => {
                    if self.step(*byte)? {
                        return Ok(Some(allowed.len().saturating_sub(rest.len())));
                    }
                    rest
                }
                Place::Text => self.skip_text(unseen),
                Place::Escaped => {
                    self.place = Place::Text;
                    rest
                }
            };
        }
        self.scanned = allowed.len();
        match allowed.len() < buffer.len() {
            true => Err(JsonRpcError::TooLarge { max: max_len }),
            false => Ok(None),
        }
    }

    /// Returns whether this byte closes the object. Matching the kinds of brackets is left to the
    /// parser.
    fn step(&mut self, byte: u8) -> Result<bool, JsonRpcError> {
        match byte {
            b'{' | b'[' => self.deeper()?,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Ok(self.depth == 0);
            }
            b',' => self.one_more()?,
            _ => {}
        }
        Ok(false)
    }

    /// Returns the bytes after the next quote or backslash, since the scan can ignore everything
    /// before it.
    fn skip_text<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let plain = memchr::memchr2(b'"', b'\\', text).unwrap_or(text.len());
        let Some((mark, rest)) = text.get(plain..).and_then(<[u8]>::split_first) else {
            return &[];
        };
        self.place = match mark {
            b'"' => Place::Structure,
            _ => Place::Escaped,
        };
        rest
    }

    fn one_more(&mut self) -> Result<(), JsonRpcError> {
        self.members = self.members.saturating_add(1);
        match self.members < MAX_MEMBERS {
            true => Ok(()),
            false => Err(JsonRpcError::TooManyMembers { max: MAX_MEMBERS }),
        }
    }

    fn deeper(&mut self) -> Result<(), JsonRpcError> {
        self.depth = self.depth.saturating_add(1);
        match self.depth <= MAX_DEPTH {
            true => Ok(()),
            false => Err(JsonRpcError::TooDeep { max: MAX_DEPTH }),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::Scanner;

    /// Bytes that were scanned are not read again: the test overwrites them with closing brackets.
    #[test]
    fn a_byte_is_looked_at_once() {
        let object = br#" {"a":[{"}":"\"]{"},[1]],"b":null}"#;
        let mut scanner = Scanner::default();
        let mut buffer = vec![];
        for (index, byte) in object.iter().enumerate() {
            buffer.fill(b'}');
            buffer.push(*byte);
            let is_last = index + 1 == object.len();
            let end = is_last.then_some(object.len());
            assert_eq!(scanner.scan(&buffer, object.len()), Ok(end), "byte {index}");
        }
    }
}
