//! Lines that contain a phrase of a refusal but were not understood. They are always reported,
//! unless the line is known not to be a refusal of its own.

use super::upstream::{
    CONNECT_FAILED, CONNECT_PACKET, DAMAGED, ENCODED, PHRASES, STORE_ERRS, UID_EMPTY,
    ends_with_damaged_tag, has_other_tag,
};
use super::when::in_text;
use super::{Entry, What};

/// `None` for a line that does not mention a refusal.
pub fn entry(line: &str) -> Option<Entry> {
    let what = match is_own(line) || is_damaged(line) {
        true => What::Unread,
        false => said(line)?,
    };
    let at = in_text(line);
    Some(Entry { at, what })
}

/// Classifies a line by the phrases that it contains.
fn said(line: &str) -> Option<What> {
    let phrases = PHRASES.into_iter().chain(ENCODED);
    let said = phrases.filter(|phrase| line.contains(phrase) && !has_other_tag(line, phrase));
    let mut said = said.peekable();
    if said.peek().is_none() {
        return repeats(line).then_some(What::Repeated);
    }
    let is_foreign = !has_fields(line) && said.all(|phrase| is_of_another(line, phrase));
    Some(match is_foreign {
        true => What::Foreign,
        false => What::Unread,
    })
}

/// Whether it is the line in which upstream repeats why a client failed.
fn repeats(line: &str) -> bool {
    line.contains(CONNECT_FAILED) && PHRASES.iter().any(|phrase| line.contains(phrase))
}

/// Whether it contains what only this crate writes: a presented token and a cause. An event is
/// recognised by its message.
fn is_own(line: &str) -> bool {
    let is_event = || line.contains("act_token") && line.contains("token verify ");
    line.contains("cause") && (line.contains("actToken") || is_event())
}

/// Whether it contains fields that only upstream writes.
fn has_fields(line: &str) -> bool {
    let names = ["expectToken", "actToken", "sourceNodeId"];
    names.iter().any(|name| line.contains(name))
}

/// Whether a wrong encoding has taken a phrase's first letter together with the bracket before it:
/// `銆憈oken verify fail`.
fn is_damaged(line: &str) -> bool {
    DAMAGED.iter().any(|rest| {
        let mut places = line.match_indices(rest);
        places.any(|(start, _)| {
            let before = line.get(..start).unwrap_or_default();
            before.ends_with(|c: char| !c.is_ascii())
        })
    })
}

/// Whether the words belong to somebody else's sentence: `JWT token verify fail`, `token verify
/// failed`, `the access token is empty`. Hardly anybody else writes the other phrases.
fn is_of_another(line: &str, phrase: &str) -> bool {
    let is_unmistakable = STORE_ERRS.contains(&phrase) || ENCODED.contains(&phrase);
    !is_unmistakable && line.match_indices(phrase).all(is_in_a_sentence(line))
}

fn is_in_a_sentence<'l>(line: &'l str) -> impl Fn((usize, &str)) -> bool + 'l {
    move |(start, phrase)| {
        let (before, rest) = line.split_at(start);
        let after = rest.strip_prefix(phrase).unwrap_or_default();
        let is_longer = after.starts_with(char::is_alphanumeric);
        // Upstream's own sentence.
        let is_upstreams = phrase == UID_EMPTY && before.ends_with(CONNECT_PACKET);
        let is_longer_before = follows_a_word(before) && !ends_with_damaged_tag(before);
        is_longer || is_longer_before && !is_upstreams
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
