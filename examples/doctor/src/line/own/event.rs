//! What an event proves: a verdict is logged before its diagnosis, which may find a different
//! cause.

use super::super::fingerprint;
use super::super::{Attempt, Failure, Proven, Step, Told};

/// Whether the cause is a diagnosis. Events always say so; the line of `Display` only if it is not.
pub const DIAGNOSED: &str = "diagnosed";

/// The verdicts that a diagnosis may change.
const OPEN: [&str; 3] = ["not_issued", "mismatch", "revoked"];

/// The verdicts that a diagnosis can only repeat.
const CERTAIN: [&str; 2] = ["expired", "superseded"];

pub struct Event {
    pub step: Step,
    pub device_id: String,
    pub peer: String,
    pub is_diagnosed: bool,
}

impl Event {
    pub fn of(self, failure: Failure) -> Failure {
        let Told::Cause(Proven { label, .. }) = failure.told else {
            return self.attempted(failure, false);
        };
        // The registered token was presented, so no other token is looked for.
        let is_same = is_same(failure.expected.as_deref(), failure.actual.as_deref());
        let is_verdict = self.step == Step::Verdict && !self.is_diagnosed;
        let is_open = is_verdict && OPEN.contains(&label) && !is_same;
        let has_diagnosis = is_verdict && (is_open || is_same || CERTAIN.contains(&label));
        let failure = self.attempted(failure, has_diagnosis);
        match is_open {
            true => Failure {
                told: Told::Verdict(label),
                ..failure
            },
            false => failure,
        }
    }

    /// With the key by which its other event is found, if it may have one.
    fn attempted(self, failure: Failure, has_diagnosis: bool) -> Failure {
        let may_have_another = has_diagnosis || self.step == Step::Diagnosis;
        let attempt = Attempt {
            step: self.step,
            device_id: self.device_id,
            peer: self.peer,
        };
        Failure {
            attempt: may_have_another.then(|| attempt.into()),
            ..failure
        }
    }
}

fn is_same(expected: Option<&str>, actual: Option<&str>) -> bool {
    expected.zip(actual).is_some_and(|(expected, actual)| {
        expected == actual || fingerprint::are_of_one(expected, actual)
    })
}
