//! A verdict without its diagnosis: what the diagnosis could have found. Tokens are fingerprints in
//! these lines, so that nothing shows how one was altered.

use super::{Change, Finding, Ranking, labelled};
use crate::ask::{Devices, Held};
use crate::line::{Failure, Proven};

/// What the crate's diagnosis may find behind a verdict, the likeliest first.
pub fn alone(label: &'static str) -> Finding {
    let candidates: &[_] = match label {
        "not_issued" => &["issued_for_other_flag", "not_issued_for_flag", "not_issued"],
        "revoked" => &["issued_for_other_flag", "revoked", "altered"],
        label => &[label, "issued_for_other_flag", "altered"],
    };
    of(candidates)
}

/// With the tokens of a user: his other flags are known then. `None`: they add nothing.
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

/// Beside what no lookup can rule out.
fn of(candidates: &[&'static str]) -> Finding {
    let always = ["placeholder", "manager_token"];
    Finding::Candidates([candidates, &always].concat(), Ranking::Verdict)
}
