//! Text from a client, written to the log as the crate's own events write it.

use std::fmt::{self, Write};

/// The number of characters that are written. An unauthenticated client may send kilobytes.
const MAX_WRITTEN: usize = 64;

/// Escapes everything that could forge part of a log line, and truncates after 64 characters.
#[derive(Clone, Copy)]
pub struct PeerText<'a>(pub &'a str);

impl fmt::Display for PeerText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(MAX_WRITTEN) {
            c.escape_debug()
                .try_for_each(|escaped| f.write_char(escaped))?;
        }
        match chars.next() {
            Some(_) => f.write_char('…'),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_text_is_escaped_and_cut() {
        let written = |text: &str| PeerText(text).to_string();
        assert_eq!(written("alice"), "alice");
        assert_eq!(written("a\n\"b\u{202e}"), "a\\n\\\"b\\u{202e}");
        assert_eq!(written(&"名".repeat(64)), "名".repeat(64));
        assert_eq!(written(&"\n".repeat(65)), "\\n".repeat(64) + "…");
    }
}
