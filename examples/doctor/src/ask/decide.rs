//! What today's tokens say about a past failure. Pure.

use wukongim_auth::{DeviceFlag, DeviceFlags, Timestamp};

use super::devices::{Devices, Held};
use crate::find::{Change, Finding, altered, may_be_cut, with_tokens, without_error};
use crate::line::{Failure, Origin, Proven, Told, When};

/// `None`: the answer adds nothing to the line.
pub fn decide(failure: &Failure, devices: &Devices, at: Option<When>) -> Option<Finding> {
    let presented = failure
        .actual
        .as_deref()
        .filter(|_| devices.is_comparable());
    let holders = presented.map_or(DeviceFlags::NONE, |token| {
        devices.flags(|held| held.is(token))
    });
    let own = failure.device_flag;
    if own.is_some_and(|flag| holders.contains(flag)) {
        return Some(Finding::Changed(Change::Registered));
    }
    if may_be_cut(failure, devices) {
        return None;
    }
    match (&failure.told, failure.expected.as_deref(), own) {
        (Told::Verdict(label), ..) => with_tokens(label, failure, devices),
        (Told::NothingUnderFlag, ..) => nothing(failure, devices, holders),
        (Told::NothingOrStore, ..) => Some(without_error(failure, devices)),
        (_, Some(""), _) => cleared(failure, devices, holders),
        (_, Some(expected), _) => compared(expected, presented, devices, holders),
        (Told::Ambiguous(_), None, Some(flag)) => ambiguous(flag, devices, presented, holders),
        _ => None,
    }
    .map(|finding| since(finding, failure, devices, at))
}

/// Nothing was registered under the client's flag.
fn nothing(failure: &Failure, devices: &Devices, holders: DeviceFlags) -> Option<Finding> {
    let is_there = |flag| devices.under(flag).is_some();
    if failure.device_flag.is_some_and(is_there) {
        return Some(Finding::Changed(Change::IssuedUnderFlag));
    }
    let live = devices.live();
    match failure.actual {
        _ if !holders.is_empty() => asked("issued_for_other_flag", Some(holders)),
        _ if live.is_empty() => asked("not_issued", None),
        Some(_) if devices.is_comparable() => asked("not_issued_for_flag", Some(live)),
        _ => Some(Finding::Elsewhere(live)),
    }
}

/// The line shows an empty token: nothing, or one that was cleared.
fn cleared(failure: &Failure, devices: &Devices, holders: DeviceFlags) -> Option<Finding> {
    let is_cleared = !devices.flags(|held| *held == Held::Cleared).is_empty();
    let own = failure.device_flag.and_then(|flag| devices.under(flag));
    if own.is_some_and(|own| own.held != Held::Cleared) {
        return Some(Finding::Changed(Change::IssuedUnderFlag));
    }
    let live = devices.live();
    match () {
        () if !holders.is_empty() => asked("issued_for_other_flag", Some(holders)),
        () if is_cleared => asked("revoked", None),
        // v2 writes this for a row that was cleared, and only for that.
        () if failure.origin == Origin::V2 => None,
        () if live.is_empty() => asked("not_issued", None),
        () if failure.actual.is_some() && devices.is_comparable() => {
            asked("not_issued_for_flag", Some(live))
        }
        () => None,
    }
}

/// The line shows the token that was registered at that time.
fn compared(
    expected: &str,
    presented: Option<&str>,
    devices: &Devices,
    holders: DeviceFlags,
) -> Option<Finding> {
    if !devices.is_comparable() {
        return None;
    }
    let presented = presented?;
    if let Some(how) = altered(expected, presented) {
        return Some(Finding::Cause(how));
    }
    let own = devices.flags(|held| held.is(expected));
    match (own.is_empty(), holders.is_empty()) {
        (false, false) => asked("issued_for_other_flag", Some(holders)),
        (false, true) => asked("mismatch", None),
        // Whether it belonged to this flag or another one at that time can no longer be known.
        (true, false) => Some(Finding::Changed(Change::Holds(holders))),
        (true, true) => Some(Finding::Changed(Change::Replaced)),
    }
}

/// The crate's server knew the record of the client's own flag, but not the others.
fn ambiguous(
    flag: DeviceFlag,
    devices: &Devices,
    presented: Option<&str>,
    holders: DeviceFlags,
) -> Option<Finding> {
    presented?;
    let others = devices.live().without(flag);
    match devices.under(flag).map(|own| &own.held) {
        _ if !holders.is_empty() => asked("issued_for_other_flag", Some(holders)),
        Some(Held::Cleared) => asked("revoked", None),
        None if others.is_empty() => asked("not_issued", None),
        None => asked("not_issued_for_flag", Some(others)),
        _ => asked("mismatch", None),
    }
}

fn asked(label: &'static str, flags: Option<DeviceFlags>) -> Option<Finding> {
    Some(Finding::Asked(Proven {
        label,
        flags,
        ..Proven::default()
    }))
}

/// A token that was registered after the line did not exist at its time, and a row that was cleared
/// later held another one.
fn since(finding: Finding, failure: &Failure, devices: &Devices, at: Option<When>) -> Finding {
    let (Finding::Asked(proven), Some(at)) = (&finding, at.filter(|at| at.has_zone)) else {
        return finding;
    };
    let later = later(devices, at);
    match (proven.label, proven.flags) {
        ("issued_for_other_flag", Some(flags)) => {
            let then = without(flags, later);
            match then.is_empty() {
                true => Finding::Changed(Change::Holds(flags)),
                false => Finding::Asked(Proven {
                    flags: Some(then),
                    ..proven.clone()
                }),
            }
        }
        _ => {
            let later = without(later, own(failure, devices));
            match later.is_empty() {
                true => finding,
                false => Finding::Changed(Change::Since(later)),
            }
        }
    }
}

/// The flags whose rows were written later than this.
fn later(devices: &Devices, at: When) -> DeviceFlags {
    let is_later = |updated: Timestamp| updated > at.at;
    let devices = devices.0.iter();
    let later = devices.filter(|device| device.updated.is_some_and(is_later));
    later.map(|device| device.flag).collect()
}

/// The client's flag, if a token that the line shows is that of one only: the row is what it was.
fn own(failure: &Failure, devices: &Devices) -> DeviceFlags {
    let expected = failure.expected.as_deref().unwrap_or_default();
    let own = devices.flags(|held| held.is(expected));
    match own.len() {
        1 => own,
        _ => DeviceFlags::NONE,
    }
}

fn without(flags: DeviceFlags, others: DeviceFlags) -> DeviceFlags {
    others.iter().fold(flags, DeviceFlags::without)
}

/// For a question without a log.
pub enum Verdict {
    Yes,
    /// The server does not show its tokens.
    Unknown,
    No(Proven),
}

/// Whether a client with this token would be accepted now, under this flag.
pub fn would_pass(devices: &Devices, flag: DeviceFlag, token: &str) -> Verdict {
    let failure = Failure {
        told: Told::NothingUnderFlag,
        actual: Some(token.to_owned()),
        device_flag: Some(flag),
        ..Failure::default()
    };
    let of = |finding: Option<Finding>| match finding {
        Some(Finding::Asked(proven) | Finding::Cause(proven)) => Verdict::No(proven),
        _ => Verdict::Unknown,
    };
    let holders = devices.flags(|held| held.is(token));
    match devices.under(flag).map(|own| &own.held) {
        Some(Held::Hidden) => Verdict::Unknown,
        Some(held) if held.is(token) => Verdict::Yes,
        Some(Held::Cleared) if holders.is_empty() => of(asked("revoked", None)),
        Some(Held::Token(own)) if altered(own, token).is_some() => {
            of(altered(own, token).map(Finding::Cause))
        }
        Some(_) if holders.is_empty() => of(asked("mismatch", None)),
        Some(_) => of(asked("issued_for_other_flag", Some(holders))),
        None => of(nothing(&failure, devices, holders)),
    }
}
