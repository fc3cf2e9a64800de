//! This crate's own refusals: the line of `Display`, the object of `Serialize`, and the fields of
//! an event whose message is `token verify fail`.

use wukongim_auth::{Candidate, Cause, Deformation, DeviceFlag, DeviceFlags, Timestamp};

use super::record::{Record, device_flag};
use super::upstream::VERIFY_FAIL;
use super::{Failure, Origin, Proven, Told};

pub const NEEDLES: &[&str] = &["actToken", "act_token"];

pub fn failure(record: &Record<'_>) -> Option<Failure> {
    from_line(&record.message)
        .or_else(|| from_fields(record))
        .or_else(|| from_pairs(&record.message))
}

/// `token verify fail: the cause in words; cause=label uid="…" deviceFlag=APP …`
fn from_line(text: &str) -> Option<Failure> {
    let (_, line) = text.split_once(VERIFY_FAIL)?;
    let (words, pairs) = line.strip_prefix(": ")?.split_once("; cause=")?;
    let (label, pairs) = pairs.split_once(' ')?;
    let pair = |name: &str| pair(pairs, name);
    let is_missing = pair("deviceFlagMissing").as_deref() == Some("true");
    let is_web_socket = pair("transport").as_deref() == Some("ws");
    let (uid, flag) = (pair("uid")?, pair("deviceFlag")?);
    let (expected, actual) = (pair("expectToken"), pair("actToken"));
    Some(Failure {
        told: told(label, words, is_missing, is_web_socket)?,
        ..own(uid, device_flag(&flag), expected, actual)
    })
}

/// The object of `Serialize`, or an event's fields in JSON.
fn from_fields(record: &Record<'_>) -> Option<Failure> {
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

/// What the fields say of the cause beyond its label.
fn words(record: &Record<'_>) -> String {
    let candidates = record.any(&["candidates"]).map(|labels| labels.to_string());
    let text = |name| record.text_of(&[name]).map(str::to_owned);
    let words = [text("fix"), text("reason"), candidates];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `token verify fail uid="alice" device_flag=APP cause="mismatch"`, as tracing writes to a text.
fn from_pairs(text: &str) -> Option<Failure> {
    let (_, pairs) = text.split_once(VERIFY_FAIL)?;
    // The first field follows at once: what a peer wrote into one of upstream's comes later.
    let name = pairs.strip_prefix(' ')?.split_once('=')?.0;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
        return None;
    }
    let pair = |name: &str| pair(pairs, name);
    let words = pair("fix").unwrap_or_default();
    let is_web_socket = pair("transport").as_deref() == Some("ws");
    let flag = pair("device_flag").and_then(|flag| device_flag(&flag));
    Some(Failure {
        told: told(&pair("cause")?, &words, false, is_web_socket)?,
        ..own(pair("uid")?, flag, pair("expect_token"), pair("act_token"))
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
    if label == "undecided" {
        return Some(Told::Undecided(candidates(words)));
    }
    // Only what the fix depends on, so that refusals with one fix are counted together.
    let is_other_flag = label == "issued_for_other_flag";
    let has_flags = is_other_flag || label == "not_issued_for_flag";
    Some(Told::Cause(Proven {
        label,
        issued_for: flags_in(words).filter(|_| has_flags),
        how: deformation_in(words).filter(|_| label == "deformed"),
        web_socket: is_web_socket && is_other_flag,
        device_flag_missing: is_missing && has_flags,
    }))
}

/// Which of the crate's labels it is. A label that a newer version may have is none.
pub fn known(label: &str) -> Option<&'static str> {
    let at = Timestamp::default();
    let issued_for = DeviceFlags::default();
    let how = Deformation::Blanks;
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
        Cause::Deformed { how },
        Cause::Undecided {
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

fn deformation_in(words: &str) -> Option<Deformation> {
    super::DEFORMATIONS
        .into_iter()
        .find(|how| words.contains(&how.to_string()))
}

/// The value behind `name=`: between quotes and unescaped, or up to a blank.
fn pair(pairs: &str, name: &str) -> Option<String> {
    let mut rest = pairs;
    while let Some((before, value)) = rest.split_once('=') {
        let is_it = before.rsplit(' ').next() == Some(name);
        let (value, after) = value_and_rest(value)?;
        if is_it {
            return Some(value);
        }
        rest = after;
    }
    None
}

fn value_and_rest(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
        return Some((value.to_owned(), rest));
    };
    let mut is_escaped = false;
    let end = quoted.find(|c| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    let (value, rest) = quoted.split_at(end);
    Some((unescaped(value), rest.strip_prefix('"')?))
}

/// Undoes `char::escape_debug`. What is no escape stays as it is.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (c, after) = escape(after).unwrap_or(('\\', after));
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

fn escape(text: &str) -> Option<(char, &str)> {
    if let Some(hex) = text.strip_prefix("u{") {
        let (digits, rest) = hex.split_once('}')?;
        return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, rest));
    }
    let mut chars = text.chars();
    let c = match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        c @ ('"' | '\'' | '\\') => c,
        _ => return None,
    };
    Some((c, chars.as_str()))
}
