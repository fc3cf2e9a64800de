//! A verdict without its diagnosis, and what the diagnosis could have found. These lines show
//! tokens as fingerprints, so they cannot show how a token was altered.

use super::{Change, Finding, Ranking, labelled};
use crate::ask::{Devices, Held};
use crate::line::{Failure, Proven};

/// What the crate's diagnosis may find after a verdict, the most likely first.
pub fn alone(label: &'static str) -> Finding {
    let candidates: &[_] = match label {
        "not_issued" => &["issued_for_other_flag", "not_issued_for_flag", "not_issued"],
        "revoked" => &["issued_for_other_flag", "revoked", "altered"],
        label => &[label, "issued_for_other_flag", "altered"],
    };
    of(candidates)
}

/// With the tokens of a user, the other flags are known. `None`: they add nothing.
pub fn with_tokens(label: &'static str, failure: &Failure, devices: &Devices) -> Option<Finding> {
    let presented = failure.actual.as_deref()?;
    let holders = devices.flags(|held| held.is(presented));
    let own = failure.device_flag?;
    let is_there = devices
        .under(own)
        .is_some_and(|own| own.held != Held::Cleared);
    if holders.contains(own) {
        return Some(Finding::Changed(Change::Registered));
    }
    if !devices.is_comparable() {
        return None;
    }
    if !holders.is_empty() {
        return Some(Finding::Asked(Proven {
            flags: Some(holders),
            ..labelled("issued_for_other_flag")
        }));
    }
    match label {
        "not_issued" if is_there => Some(Finding::Changed(Change::IssuedUnderFlag)),
        "not_issued" if devices.live().is_empty() => Some(of(&["not_issued"])),
        "not_issued" => Some(of(&["not_issued_for_flag"])),
        "revoked" if is_there => Some(Finding::Changed(Change::IssuedUnderFlag)),
        label => Some(of(&[label, "altered"])),
    }
}

/// In addition to what no lookup can exclude.
fn of(candidates: &[&'static str]) -> Finding {
    let always = ["placeholder", "manager_token"];
    Finding::Candidates([candidates, &always].concat(), Ranking::Verdict)
}
