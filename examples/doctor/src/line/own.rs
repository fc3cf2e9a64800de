//! This crate's own refusals: the line of `Display`, the object of `Serialize`, and the fields of
//! an event whose message is `token verify fail`.

use wukongim_auth::diagnosis::Alteration;
use wukongim_auth::{Candidate, Cause, DeviceFlag, DeviceFlags, Timestamp};

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
    let has_flags = is_other_flag || label == "not_issued_for_flag";
    Some(Told::Cause(Proven {
        label,
        issued_for: flags_in(words).filter(|_| has_flags),
        how: deformation_in(words).filter(|_| label == "altered"),
        web_socket: is_web_socket && is_other_flag,
        device_flag_missing: is_missing && has_flags,
    }))
}

/// Which of the crate's labels it is. A label that a newer version may have is none.
pub fn known(label: &str) -> Option<&'static str> {
    let at = Timestamp::default();
    let issued_for = DeviceFlags::default();
    let how = Alteration::Blanks;
    let causes = [
        Cause::EmptyUid,
        Cause::InvalidUid,
        Cause::UnknownDeviceFlag(0),
        Cause::EmptyToken,
        Cause::Store("".into()),
        Cause::Revoked { at },
        Cause::Expired { at },
        Cause::Superseded { at },
        Cause::ManagerToken,
        Cause::IssuedForOtherFlag { issued_for },
        Cause::Altered { how },
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

/// Those that are named, in the crate's order; all that could be where none is.
fn candidates(words: &str) -> Vec<&'static str> {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let named = |candidate: &Candidate| words.split(is_between).any(|w| w == candidate.label());
    let all = super::CANDIDATES;
    let found: Vec<_> = all.iter().filter(|c| named(c)).map(|c| c.label()).collect();
    match found.is_empty() {
        true => all.iter().map(|candidate| candidate.label()).collect(),
        false => found,
    }
}

/// `…flag: WEB, PC` and `…only for WEB, PC` in a cause, `…deviceFlag 1 (WEB) or 2 (PC)` in a fix.
fn flags_in(words: &str) -> Option<DeviceFlags> {
    let after = ["flag: ", "only for ", "connect with deviceFlag "]
        .iter()
        .find_map(|before| Some(words.split_once(before)?.1))
        .or_else(|| words.contains("deviceFlag to 1 (WEB)").then_some("WEB"))?;
    let flags: DeviceFlags = after
        .split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| {
            DeviceFlag::CLIENTS
                .into_iter()
                .find(|f| f.to_string() == word)
        })
        .collect();
    (!flags.is_empty()).then_some(flags)
}

fn deformation_in(words: &str) -> Option<Alteration> {
    super::DEFORMATIONS
        .into_iter()
        .find(|how| words.contains(&how.to_string()))
}
