//! A line that has lost its error: nothing under the client's flag, or a store that failed. What is
//! in the store shows the first, and never rules out the second.

use super::{Finding, Ranking};
use crate::ask::Devices;
use crate::line::Failure;

pub fn without_error(failure: &Failure, devices: &Devices) -> Finding {
    let is_there = |flag| devices.under(flag).is_some();
    let (candidates, ranking): (&[_], _) = match devices.live().is_empty() {
        _ if failure.device_flag.is_some_and(is_there) => (
            &[
                "store",
                "issued_for_other_flag",
                "not_issued_for_flag",
                "not_issued",
            ],
            Ranking::RecordThere,
        ),
        true => (&["not_issued", "store"], Ranking::NoError),
        false => (
            &["issued_for_other_flag", "not_issued_for_flag", "store"],
            Ranking::NoError,
        ),
    };
    Finding::Candidates(candidates.to_vec(), ranking)
}
