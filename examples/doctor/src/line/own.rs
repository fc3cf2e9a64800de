//! This crate's own refusals: the line of `Display`, the object of `Serialize`, and the fields of
//! an event whose message is `token verify fail`.

use std::ops::RangeInclusive;

use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::{Cause, DeviceFlag, DeviceFlags, Timestamp};

use super::pairs::{Pairs, unescaped};
use super::phrase;
use super::record::{Record, device_flag};
use super::upstream::VERIFY_FAIL;
use super::{Failure, Origin, Proven, Told};

pub const NEEDLES: &[&str] = &["actToken", "act_token"];

/// What an event's own message says where it repeats a refusal that was told before.
const DIAGNOSIS: &str = "token verify diagnosis";

pub fn failure(record: &Record<'_>) -> Option<Failure> {
    let told = phrase::after(&record.message);
    told.and_then(from_line)
        .or_else(|| from_fields(record))
        .or_else(|| told.and_then(from_pairs))
}

/// `token verify fail: the cause in words; cause=label uid="…" deviceFlag=APP …`
fn from_line(line: &str) -> Option<Failure> {
    let (words, pairs) = line.strip_prefix(": ")?.split_once("; cause=")?;
    let (label, pairs) = pairs.split_once(' ')?;
    let pairs = Pairs::read(pairs);
    let is_missing = pairs.bare("deviceFlagMissing") == Some("true");
    let is_web_socket = pairs.bare("transport") == Some("ws");
    let (uid, flag) = (pairs.quoted("uid")?, pairs.bare("deviceFlag")?);
    let (expected, actual) = (pairs.quoted("expectToken"), pairs.quoted("actToken"));
    Some(Failure {
        told: told(label, words, is_missing, is_web_socket)?,
        ..own(uid, device_flag(flag), expected, actual)
    })
}

/// The object of `Serialize`, or an event's fields in JSON.
fn from_fields(record: &Record<'_>) -> Option<Failure> {
    if !is_refusals(record) {
        return None;
    }
    let label = record.text_of(&["cause"])?;
    let actual = record.text_of(&["actToken", "act_token"])?;
    let words = words(record);
    let is_missing = record
        .any(&["deviceFlagMissing", "device_flag_missing"])
        .and_then(serde_json::Value::as_bool)
        .unwrap_or_default();
    let is_web_socket = record.text_of(&["transport"]) == Some("ws");
    let uid = unescaped(record.text_of(&["uid"]).unwrap_or_default());
    let expected = record.text_of(&["expectToken", "expect_token"]);
    let flag = record.device_flag(&["deviceFlag", "device_flag"]);
    Some(Failure {
        told: told(label, &words, is_missing, is_web_socket)?,
        ..own(
            uid,
            flag,
            expected.map(str::to_owned),
            Some(actual.to_owned()),
        )
    })
}

/// Whether the fields are a refusal's. An event says so in its message; a host writes what it likes
/// beside the object of `Serialize`, but no line of upstream's is one. An object within the remains
/// of another is nobody's.
fn is_refusals(record: &Record<'_>) -> bool {
    let is_message = match () {
        () if !record.is_exact => true,
        () if record.has("act_token") => record.message == VERIFY_FAIL,
        () => record.message != DIAGNOSIS && !record.message.contains(['【', '】']),
    };
    is_message && !record.text.contains('"')
}

/// What the fields say of the cause beyond its label.
fn words(record: &Record<'_>) -> String {
    let candidates = record.any(&["candidates"]).map(|labels| labels.to_string());
    let text = |name| record.text_of(&[name]).map(str::to_owned);
    let words = [text("fix"), text("reason"), candidates];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `token verify fail uid="alice" device_flag=APP cause="mismatch"`, as tracing writes to a text.
fn from_pairs(pairs: &str) -> Option<Failure> {
    let pairs = Pairs::read(pairs.strip_prefix(' ')?);
    let texts = ["reason", "fix"].map(|name| pairs.quoted(name).unwrap_or_default());
    let is_missing = pairs.bare("device_flag_missing") == Some("true");
    let is_web_socket = pairs.any("transport").as_deref() == Some("ws");
    let flag = pairs.any("device_flag").and_then(|flag| device_flag(&flag));
    let (expected, actual) = (pairs.quoted("expect_token"), pairs.quoted("act_token"));
    // Escaped by the crate, and once more by tracing.
    let uid = unescaped(&pairs.quoted("uid")?);
    let label = pairs.quoted("cause")?;
    Some(Failure {
        told: told(&label, &texts.join(" "), is_missing, is_web_socket)?,
        ..own(uid, flag, expected, actual)
    })
}

fn own(
    uid: String,
    device_flag: Option<DeviceFlag>,
    expected: Option<String>,
    actual: Option<String>,
) -> Failure {
    Failure {
        origin: Origin::Own,
        told: Told::default(),
        uid: Some(uid).filter(|uid| !uid.is_empty()),
        node: None,
        device_flag,
        expected: expected.filter(|token| !matches!(token.as_str(), "none" | "")),
        actual,
    }
}

/// The cause, with what of it stands in the words behind it: the cause's own or the fix's.
fn told(label: &str, words: &str, is_missing: bool, is_web_socket: bool) -> Option<Told> {
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
        flags: flags_in(words).filter(|flags| is_unknown || is_elsewhere && !flags.is_empty()),
        how: alteration_in(words).filter(|_| label == "altered"),
        web_socket: is_web_socket && is_other_flag,
        device_flag_missing: is_missing && is_elsewhere,
    }))
}

/// Which of the crate's labels it is. A label that a newer version may have is none; two had another
/// name before.
pub fn known(label: &str) -> Option<&'static str> {
    let label = match label {
        "deformed" => "altered",
        "undecided" => "ambiguous",
        label => label,
    };
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
    let mut labels = causes.iter().map(Cause::label);
    labels.find(|known| *known == label)
}

/// Those that are named, in the crate's order; all that could be if none is.
fn candidates(words: &str) -> Vec<&'static str> {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let mut found = super::CANDIDATES.to_vec();
    found.retain(|label| words.split(is_between).any(|word| word == *label));
    match found.is_empty() {
        true => super::CANDIDATES.to_vec(),
        false => found,
    }
}

/// What the flags stand behind in the words of a cause or a fix.
const BEFORE_FLAGS: [&str; 7] = [
    "flag: ",
    "only for ",
    "connect with deviceFlag ",
    "deviceFlag to ",
    "those allowed: ",
    "is allowed (",
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
    super::ALTERATIONS
        .into_iter()
        .find(|how| words.contains(&how.to_string()))
}
