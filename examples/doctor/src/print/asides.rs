//! What was read but is not part of the report, or was not done.

use wukongim_auth::diagnosis::Language;

use super::text;
use crate::ask::Left;
use crate::tally::{Aside, Tally};

/// What makes the report incomplete.
pub fn told(tally: &Tally, left: Option<&Left>, language: Language) -> Vec<String> {
    let unread = aside(&tally.unread, text::unread, language);
    // Beside the lines that they repeat, they say nothing new.
    let repeated = aside(&tally.repeated, text::repeated, language).filter(|_| tally.failures == 0);
    let untimed = aside(&tally.untimed, text::untimed, language);
    let unplaced = aside(&tally.unplaced, text::unplaced, language);
    let binary = aside(&tally.binary, text::binary, language);
    let left = left.map(|left| text::left(left, language));
    let told = [unread, repeated, binary, untimed, unplaced]
        .into_iter()
        .flatten();
    told.chain(left.into_iter().flatten()).collect()
}

/// What other programs wrote.
pub fn foreign(tally: &Tally, language: Language) -> Option<String> {
    aside(&tally.foreign, text::foreign, language)
}

type Say = fn(u64, &str, Language) -> String;

fn aside(aside: &Aside, say: Say, language: Language) -> Option<String> {
    (aside.count > 0).then(|| say(aside.count, &aside.first, language))
}
