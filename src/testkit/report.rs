//! What the suite found.

use core::fmt;
use std::string::String;
use std::vec::Vec;

use super::clause::Clause;
use super::probe::Outcome;

/// Which clauses hold and which do not. `Display` says it in a few lines.
#[derive(Debug)]
#[must_use = "a report that nobody reads is no test"]
pub struct Report {
    checked: usize,
    skipped: Vec<Clause>,
    broken: Vec<Broken>,
}

/// A clause that the store does not keep.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{clause}: {seen}")]
pub struct Broken {
    clause: Clause,
    seen: String,
}

impl Report {
    pub(super) fn new(outcomes: Vec<(Clause, Outcome)>) -> Self {
        let checked = outcomes.len();
        let (mut skipped, mut broken) = (Vec::new(), Vec::new());
        for (clause, outcome) in outcomes {
            match outcome {
                Outcome::Holds => {}
                Outcome::Skipped => skipped.push(clause),
                Outcome::Broken(seen) => broken.push(Broken::new(clause, seen)),
            }
        }
        Report {
            checked: checked.saturating_sub(skipped.len()),
            skipped,
            broken,
        }
    }

    /// Whether no clause is broken.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    /// The clauses that are broken.
    #[must_use]
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// The clauses that this subject has no way to try.
    #[must_use]
    pub fn skipped(&self) -> &[Clause] {
        &self.skipped
    }
}

impl Broken {
    pub(super) fn new(clause: Clause, seen: String) -> Self {
        Broken { clause, seen }
    }

    /// Which.
    #[must_use]
    pub fn clause(&self) -> Clause {
        self.clause
    }

    /// What was seen.
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checked, broken) = (self.checked, self.broken.len());
        let holding = checked.saturating_sub(broken);
        write!(
            f,
            "{holding} of {checked} clauses of the store contract hold"
        )?;
        for broken in &self.broken {
            write!(f, "\n  broken: {broken}")?;
        }
        for skipped in &self.skipped {
            write!(f, "\n  skipped: {skipped}")?;
        }
        Ok(())
    }
}
