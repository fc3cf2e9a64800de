//! The words that identify a line of interest.

use aho_corasick::{AhoCorasick, MatchKind};
use encoding_rs::GBK;

use super::super::line;
use super::encoding::text_of;

/// The longest, in bytes.
pub const MAX_WORD: usize = 64;

/// What `grep --color` writes before a match, which may be a part of a word.
const GREP: &str = "\u{1b}[01;31m\u{1b}[K";

/// How journald writes a message with control characters: as an array of its bytes.
const BYTES: [&str; 3] = ["\"MESSAGE\":[", "\"MESSAGE\": [", "\"MESSAGE\" : ["];

pub struct Words(AhoCorasick);

impl Words {
    /// The words in UTF-8 and in GBK.
    pub fn new() -> Self {
        let utf_8 = line::needles().map(|word| word.as_bytes().to_vec());
        let gbk = line::needles().map(|word| GBK.encode(word).0.into_owned());
        let mut words: Vec<_> = utf_8.chain(gbk).collect();
        let others = BYTES.iter().chain([&GREP]);
        words.extend(others.map(|word| word.as_bytes().to_vec()));
        words.sort_unstable();
        words.dedup();
        // Leftmost: only then are several places of a text compared at once.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(words);
        Words(automaton.expect("a few short words"))
    }

    /// Where the last one begins that tells of a refusal, whatever stands around it.
    pub fn last_phrase(&self, text: &[u8]) -> Option<usize> {
        let words = self.0.find_iter(text);
        let is_phrase = |word: &[u8]| line::unread(&text_of(word)).is_some();
        let phrases = words.filter(|word| is_phrase(text.get(word.range()).unwrap_or_default()));
        phrases.last().map(|word| word.start())
    }

    /// The first word's beginning and end.
    pub fn find(&self, text: &[u8]) -> Option<(usize, usize)> {
        let word = self.0.find(text)?;
        Some((word.start(), word.end()))
    }
}
