//! Finds the end of a JSON object that arrives in chunks, looking at each byte once.

use super::error::JsonRpcError;

/// How deep a request may be nested: a connect request needs three levels.
const MAX_DEPTH: usize = 16;

/// How many members and elements a request may have, counted by its commas: a connect request has
/// a dozen.
const MAX_MEMBERS: usize = 256;

/// The state of the scan of a growing buffer.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    scanned: usize,
    depth: usize,
    members: usize,
    place: Place,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Structure,
    Text,
    /// Behind a backslash.
    Escaped,
}

impl Scanner {
    /// Continues at the end of the last scan of the same, now longer, buffer. `Some` is the length
    /// of the object, including whitespace before it.
    pub(crate) fn scan(
        &mut self,
        buffer: &[u8],
        max_len: usize,
    ) -> Result<Option<usize>, JsonRpcError> {
        let allowed = buffer.get(..max_len).unwrap_or(buffer);
        let mut unseen = allowed.get(self.scanned..).unwrap_or_default();
        while let Some((byte, rest)) = unseen.split_first() {
            unseen = match self.place {
                // A whole text at a time: one byte after another, each mark would be two turns.
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

    /// Whether this byte closes the object. Which bracket closes which is the parser's to check.
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

    /// What is behind the next quote or backslash: most of a request means nothing to the scan.
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

    /// What has been seen is not looked at again: by then it may read like the end of anything.
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
