//! Lines that have a phrase of a refusal, and were not understood: never passed over in silence,
//! unless the line is known to be no refusal of its own.

use super::upstream::{ENCODED, STRONG, VERIFY_FAIL, ends_with_damaged_tag, has_other_tag};
use super::when::in_text;
use super::{Entry, What};

/// `None` for a line that says nothing of a refusal, or repeats one.
pub fn entry(line: &str) -> Option<Entry> {
    let phrase = STRONG
        .into_iter()
        .chain(ENCODED)
        .find(|phrase| line.contains(phrase))?;
    if has_other_tag(line, phrase) {
        return None;
    }
    let is_foreign =
        phrase == VERIFY_FAIL && line.match_indices(phrase).all(is_in_a_sentence(line));
    Some(Entry {
        at: in_text(line),
        what: if is_foreign {
            What::Foreign
        } else {
            What::Unread
        },
    })
}

/// Whether the words belong to somebody else's sentence: `JWT token verify fail`, `token verify
/// failed`.
fn is_in_a_sentence<'l>(line: &'l str) -> impl Fn((usize, &str)) -> bool + 'l {
    move |(start, phrase)| {
        let (before, rest) = line.split_at(start);
        let after = rest.strip_prefix(phrase).unwrap_or_default();
        let is_longer = after.starts_with(char::is_alphanumeric);
        is_longer || follows_a_word(before) && !ends_with_damaged_tag(before)
    }
}

/// Whether a word stands right before, that is no level and no name with a colon.
pub fn follows_a_word(before: &str) -> bool {
    const LEVELS: [&str; 10] = [
        "ERROR", "ERR", "WARN", "WARNING", "INFO", "DEBUG", "TRACE", "FATAL", "PANIC", "CRITICAL",
    ];
    let Some(before) = before.strip_suffix(' ') else {
        return before.ends_with(char::is_alphanumeric);
    };
    let word = before
        .rsplit([' ', '\t', '"', '='])
        .next()
        .unwrap_or_default();
    let is_level = LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    word.ends_with(char::is_alphabetic) && !word.contains('/') && !is_level
}
