//! `--since` and `--until`.

use super::line::When;

#[derive(Clone, Copy, Default)]
pub struct Period {
    pub since: Option<When>,
    pub until: Option<When>,
}

impl Period {
    pub const fn is_all(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Times without a zone are compared as written.
    pub fn contains(&self, at: When) -> bool {
        self.since.is_none_or(|since| since.at <= at.at)
            && self.until.is_none_or(|until| at.at < until.at)
    }
}
