//! Texts that are searched for in every line of interest. What the search needs is prepared once.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem::Finder;

use super::upstream::VERIFY_FAIL;

/// A text, with its searcher.
pub struct Word {
    len: usize,
    finder: Finder<'static>,
}

pub static VERIFY_FAIL_WORD: LazyLock<Word> = LazyLock::new(|| Word::new(VERIFY_FAIL));

/// The words of [`super::needles`].
static NEEDLES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    // Leftmost: only then are several places of a text compared at once.
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(super::needles());
    automaton.expect("a few short words")
});

impl Word {
    pub fn new(text: &'static str) -> Self {
        Word {
            len: text.len(),
            finder: Finder::new(text),
        }
    }

    pub fn find(&self, text: &str) -> Option<usize> {
        self.finder.find(text.as_bytes())
    }

    pub fn is_in(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The text before the first one, and the text after it.
    pub fn split<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let start = self.find(text)?;
        Some((text.get(..start)?, text.get(start + self.len..)?))
    }
}

/// Whether a text contains one of the words of a line of interest.
pub fn has_needle(text: &str) -> bool {
    NEEDLES.is_match(text)
}
