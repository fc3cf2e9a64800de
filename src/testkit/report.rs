//! The results of the suite.

use core::fmt;
use std::string::String;
use std::vec::Vec;

use super::requirement::Requirement;

/// Which requirements hold, and which do not. `Display` summarises it in a few lines.
#[derive(Debug)]
#[must_use = "a report that nobody reads is no test"]
pub struct Report {
    checked: usize,
    skipped: Vec<Requirement>,
    broken: Vec<Violation>,
}

/// A requirement that the store does not meet. `Display` prints on one line what was seen.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{requirement}: {seen}")]
pub struct Violation {
    requirement: Requirement,
    seen: String,
    fix: &'static str,
}

impl Report {
    pub(super) fn new(outcomes: Vec<(Requirement, Result<bool, Violation>)>) -> Self {
        let checked = outcomes.len();
        let (mut skipped, mut broken) = (Vec::new(), Vec::new());
        for (requirement, outcome) in outcomes {
            match outcome {
                Ok(true) => {}
                Ok(false) => skipped.push(requirement),
                Err(violation) => broken.push(violation),
            }
        }
        Report {
            checked: checked.saturating_sub(skipped.len()),
            skipped,
            broken,
        }
    }

    /// Whether no requirement is broken.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    /// The requirements that are broken.
    #[must_use]
    pub fn broken(&self) -> &[Violation] {
        &self.broken
    }

    /// The requirements that could not be tested with this subject.
    #[must_use]
    pub fn skipped(&self) -> &[Requirement] {
        &self.skipped
    }
}

impl Violation {
    pub(super) fn new(requirement: Requirement, seen: String, fix: &'static str) -> Self {
        Violation {
            requirement,
            seen,
            fix,
        }
    }

    /// The broken requirement.
    #[must_use]
    pub fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// What was seen.
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }

    /// What to do about it, in a sentence or two.
    #[must_use]
    pub const fn fix(&self) -> &'static str {
        self.fix
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checked, broken) = (self.checked, self.broken.len());
        let holding = checked.saturating_sub(broken);
        write!(
            f,
            "{holding} of {checked} requirements of the store contract hold"
        )?;
        for broken in &self.broken {
            write!(f, "\n  broken: {broken}\n    fix: {fix}", fix = broken.fix)?;
        }
        for skipped in &self.skipped {
            write!(f, "\n  skipped: {skipped}")?;
        }
        Ok(())
    }
}
