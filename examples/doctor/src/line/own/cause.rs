//! The crate's cause, by its label and the words around it.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::{Cause, DeviceFlag, DeviceFlags, Timestamp};

use super::super::record::device_flag;
use super::super::{ALTERATIONS, CANDIDATES, Proven, Told};

/// The cause, with what the words after it say of it: the cause's own words, or those of the fix.
pub fn told(label: &str, words: &str, is_missing: bool, is_web_socket: bool) -> Option<Told> {
    let label = known(label)?;
    if label == "ambiguous" {
        return Some(Told::Ambiguous(candidates(words)));
    }
    // Only what the fix depends on, so that refusals with one fix are counted together.
    let is_other_flag = label == "issued_for_other_flag";
    let is_elsewhere = is_other_flag || label == "not_issued_for_flag";
    let is_unknown = label == "unknown_device_flag";
    Some(Told::Cause(Proven {
        label,
        flags: match is_unknown || is_elsewhere {
            true => flags_in(words).filter(|flags| is_unknown || !flags.is_empty()),
            false => None,
        },
        how: match label {
            "altered" => alteration_in(words),
            _ => None,
        },
        web_socket: is_web_socket && is_other_flag,
        device_flag_missing: is_missing && is_elsewhere,
    }))
}

pub fn is_known(label: &str) -> bool {
    known(label).is_some()
}

/// Which of the crate's labels it is. A label of a newer version is unknown; two labels had other
/// names before.
fn known(label: &str) -> Option<&'static str> {
    let label = match label {
        "deformed" => "altered",
        "undecided" => "ambiguous",
        label => label,
    };
    LABELS.iter().find(|known| **known == label).copied()
}

static LABELS: LazyLock<[&str; 16]> = LazyLock::new(|| {
    let at = Timestamp::default();
    let (issued_for, allowed) = (DeviceFlags::NONE, DeviceFlags::NONE);
    let how = Alteration::Blanks;
    let causes = [
        Cause::EmptyUid,
        Cause::InvalidUid,
        Cause::UnknownDeviceFlag { number: 0, allowed },
        Cause::EmptyToken,
        Cause::Store("".into()),
        Cause::Revoked { at },
        Cause::Expired { at },
        Cause::Superseded { at },
        Cause::ManagerToken,
        Cause::IssuedForOtherFlag { issued_for },
        Cause::Altered { how },
        Cause::Placeholder,
        Cause::Ambiguous {
            candidates: &[],
            error: "".into(),
        },
        Cause::NotIssuedForFlag { issued_for },
        Cause::NotIssued,
        Cause::Mismatch,
    ];
    causes.map(|cause| cause.label())
});

/// The named ones, in the crate's order; all possible ones if none is named.
fn candidates(words: &str) -> Vec<&'static str> {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let mut found = CANDIDATES.to_vec();
    found.retain(|label| words.split(is_between).any(|word| word == *label));
    match found.is_empty() {
        true => CANDIDATES.to_vec(),
        false => found,
    }
}

/// The text before the flags in the words of a cause or a fix.
const BEFORE_FLAGS: [&str; 7] = [
    "flag: ",
    "only for ",
    "connect with deviceFlag ",
    "deviceFlag to ",
    "those allowed: ",
    "an allowed deviceFlag (",
    "the set is empty",
];

/// `WEB, PC, 4` or `1 (WEB) or 4` or `0 (APP), 3-98`, to the end of that list.
fn flags_in(words: &str) -> Option<DeviceFlags> {
    let mut beginnings = BEFORE_FLAGS.iter();
    let (_, mut rest) = beginnings.find_map(|before| words.split_once(before))?;
    let mut flags = DeviceFlags::NONE;
    while let Some((numbers, after)) = first_numbers(rest) {
        flags = numbers.map(DeviceFlag::from).fold(flags, DeviceFlags::with);
        rest = after;
    }
    Some(flags)
}

/// The first flag of a list, or several in a row, and the list behind it.
fn first_numbers(list: &str) -> Option<(RangeInclusive<u8>, &str)> {
    let (first, rest) = first_number(list)?;
    let last = rest.strip_prefix('-').and_then(first_number);
    let (last, rest) = last.unwrap_or((first, rest));
    let after = [", ", " or "].iter().find_map(|or| rest.strip_prefix(or));
    Some((first..=last, after.unwrap_or_default()))
}

/// `4`, `1 (WEB)` or `WEB`.
fn first_number(list: &str) -> Option<(u8, &str)> {
    let end = list.find(|c: char| !c.is_ascii_alphanumeric());
    let (word, rest) = list.split_at_checked(end.unwrap_or(list.len()))?;
    let flag = device_flag(word)?;
    let rest = rest.strip_prefix(&*format!(" ({flag})")).unwrap_or(rest);
    Some((flag.into(), rest))
}

fn alteration_in(words: &str) -> Option<Alteration> {
    ALTERATIONS
        .into_iter()
        .find(|how| words.contains(&how.to_string()))
}
