//! `--since` and `--until`.

use super::line::When;

/// No zone is as far from Greenwich.
const DAY: u64 = 86_400_000;

#[derive(Clone, Copy, Default)]
pub struct Period {
    pub since: Option<When>,
    pub until: Option<When>,
}

impl Period {
    pub const fn is_all(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether it is known to be of the period, or known not to be.
    pub fn places(&self, at: When) -> bool {
        let (since, until) = (self.since, self.until);
        let too_early = since.is_some_and(|since| is_known(since, at) && at.at < since.at);
        let too_late = until.is_some_and(|until| is_known(until, at) && until.at <= at.at);
        let mut bounds = [since, until].into_iter().flatten();
        too_early || too_late || bounds.all(|bound| is_known(bound, at))
    }

    /// Whether no time is of it.
    pub fn is_empty(&self) -> bool {
        let bounds = self.since.zip(self.until);
        bounds.is_some_and(|(since, until)| is_known(since, until) && until.at <= since.at)
    }

    /// Times without a zone are compared as written.
    pub fn contains(&self, at: When) -> bool {
        self.since.is_none_or(|since| since.at <= at.at)
            && self.until.is_none_or(|until| at.at < until.at)
    }
}

/// Whether it is known which of two times is the later: where only one of them has a zone, the other
/// may be any of a day's.
const fn is_known(one: When, other: When) -> bool {
    one.has_zone == other.has_zone || one.at.as_millis().abs_diff(other.at.as_millis()) > DAY
}
