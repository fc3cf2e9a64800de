//! Escaping of a peer's text for log lines.

use core::fmt::{self, Write};

/// The number of characters of a peer's text that are printed.
const MAX_PRINTED: usize = 64;

/// Escapes everything that could forge or hide part of a log line (control characters, quotes, line
/// ends, bidirectional overrides), and truncates after 64 characters.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for c in chars.by_ref().take(MAX_PRINTED) {
            c.escape_debug()
                .try_for_each(|escaped| f.write_char(escaped))?;
        }
        if chars.next().is_some() {
            f.write_char('…')
        } else {
            Ok(())
        }
    }
}

impl Escaped<'_> {
    /// Returns whether the printed text is truncated.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.chars().nth(MAX_PRINTED).is_some()
    }
}

/// [`Escaped`] text in quotes.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Escaped(self.0))
    }
}

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text of a foreign error: printed unchanged but on one line, because a peer's text may be in
/// it.
pub(crate) struct Line<'a>(pub(crate) &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '"' | '\'' | '\\' => f.write_char(c),
            c => c
                .escape_debug()
                .try_for_each(|escaped| f.write_char(escaped)),
        })
    }
}
