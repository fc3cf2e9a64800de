//! This crate's own refusals: the line of `Display`, the object of `Serialize`, and the fields of
//! an event whose message is `token verify fail` or `token verify diagnosis`, in JSON, in logfmt, or
//! behind the message.

mod cause;
mod event;

use std::sync::LazyLock;

use wukongim_auth::DeviceFlag;

use super::pairs::{Pairs, unescaped};
use super::phrase;
use super::record::{Record, device_flag};
use super::search::{VERIFY_FAIL_WORD, Word};
use super::upstream::VERIFY_FAIL;
use super::{Failure, Origin, Step, Told};
use cause::{is_known, told};
use event::Event;

pub const NEEDLES: &[&str] = &["actToken", "act_token"];

/// The message of an event that follows a verdict's.
const DIAGNOSIS: &str = "token verify diagnosis";

static DIAGNOSIS_WORD: LazyLock<Word> = LazyLock::new(|| Word::new(DIAGNOSIS));

pub fn failure(record: &Record<'_>) -> Option<Failure> {
    let told = phrase::after(&record.message, &VERIFY_FAIL_WORD);
    let diagnosed = || phrase::after(&record.message, &DIAGNOSIS_WORD);
    told.and_then(from_line)
        .or_else(|| from_fields(record))
        .or_else(|| from_pairs(told?, Step::Verdict))
        .or_else(|| from_pairs(diagnosed()?, Step::Diagnosis))
        .or_else(|| from_logfmt(record))
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
    let failure = Failure {
        told: told(label, words, is_missing, is_web_socket)?,
        ..own(uid, device_flag(flag), expected, actual)
    };
    if pairs.bare(event::DIAGNOSED) != Some("false") {
        return Some(failure);
    }
    let event = Event {
        step: Step::Verdict,
        device_id: pairs.quoted("deviceID").unwrap_or_default(),
        peer: pairs.any("peer").unwrap_or_default(),
        is_diagnosed: false,
    };
    Some(event.of(failure))
}

/// The object of `Serialize`, or an event's fields in JSON.
fn from_fields(record: &Record<'_>) -> Option<Failure> {
    let label = record.text_of(&["cause"])?;
    if !is_refusals(record) {
        return None;
    }
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
    let failure = Failure {
        told: told(label, &words, is_missing, is_web_socket)?,
        ..own(
            uid,
            flag,
            expected.map(str::to_owned),
            Some(actual.to_owned()),
        )
    };
    let diagnosed = record.any(&[event::DIAGNOSED]);
    // The object of `Serialize` says so if a diagnosis may follow; an event says so if none does.
    let is_diagnosed = match record.has("act_token") {
        true => diagnosed == Some(&true.into()),
        false => diagnosed != Some(&false.into()),
    };
    if is_diagnosed && !record.has("act_token") {
        return Some(failure);
    }
    let text = |names: &[&str]| record.text_of(names).unwrap_or_default().to_owned();
    let event = Event {
        step: match &*record.message {
            DIAGNOSIS => Step::Diagnosis,
            _ => Step::Verdict,
        },
        device_id: text(&["device_id", "deviceID"]),
        peer: text(&["peer"]),
        is_diagnosed,
    };
    Some(event.of(failure))
}

/// Whether a line that is not a [`failure`] is still a refusal: its cause is from another version,
/// or it contains only candidates. No other program wrote it.
pub fn is_unknown(record: &Record<'_>) -> bool {
    let has_cause = record.has("cause") || record.has("candidates");
    let has_token = record.any(&["actToken", "act_token"]).is_some();
    let is_object = has_cause && has_token && is_refusals(record);
    let label = label_in_text(&record.message).or_else(|| label_in_logfmt(record));
    is_object || label.is_some_and(|label| !is_known(&label))
}

fn label_in_logfmt(record: &Record<'_>) -> Option<String> {
    let (pairs, _) = logfmt(record)?;
    pairs.any("act_token").and(pairs.any("cause"))
}

/// For the line of `Display`, or an event's text.
fn label_in_text(text: &str) -> Option<String> {
    let told = phrase::after(text, &VERIFY_FAIL_WORD)?;
    let in_line = || {
        let (_, pairs) = told.strip_prefix(": ")?.split_once("; cause=")?;
        Some(pairs.split_once(' ')?.0.to_owned())
    };
    in_line().or_else(|| Pairs::read(told.strip_prefix(' ')?).quoted("cause"))
}

/// Whether the fields are a refusal's. An event says so in its message; a host writes what it likes
/// beside the object of `Serialize`, but no line of upstream's is one. An object within the remains
/// of another is ignored.
fn is_refusals(record: &Record<'_>) -> bool {
    let is_message = match () {
        () if !record.is_exact => true,
        () if record.has("act_token") => matches!(&*record.message, VERIFY_FAIL | DIAGNOSIS),
        () => record.message != DIAGNOSIS && !record.message.contains(['【', '】']),
    };
    is_message && !record.text.contains('"')
}

/// What the fields say about the cause in addition to its label.
fn words(record: &Record<'_>) -> String {
    let candidates = record.any(&["candidates"]).map(|labels| labels.to_string());
    let text = |name| record.text_of(&[name]).map(str::to_owned);
    let words = [text("fix"), text("reason"), candidates];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `token verify fail uid="alice" device_flag=APP cause="mismatch"`, as tracing writes to a text.
fn from_pairs(pairs: &str, step: Step) -> Option<Failure> {
    event_in(&Pairs::read(pairs.strip_prefix(' ')?), step, Pairs::quoted)
}

/// `level=warn message="token verify fail" uid=alice device_flag=APP cause=mismatch`. A text is
/// quoted if necessary.
fn from_logfmt(record: &Record<'_>) -> Option<Failure> {
    let (pairs, step) = logfmt(record)?;
    event_in(&pairs, step, Pairs::any)
}

fn logfmt<'r>(record: &'r Record<'_>) -> Option<(Pairs<'r>, Step)> {
    let step = match &*record.message {
        VERIFY_FAIL => Step::Verdict,
        DIAGNOSIS => Step::Diagnosis,
        _ => return None,
    };
    record.is_exact.then(|| (Pairs::read(&record.text), step))
}

fn event_in<'a>(
    pairs: &Pairs<'a>,
    step: Step,
    read: fn(&Pairs<'a>, &str) -> Option<String>,
) -> Option<Failure> {
    let text = |name| read(pairs, name);
    let texts = ["reason", "fix"].map(|name| text(name).unwrap_or_default());
    let is_missing = pairs.bare("device_flag_missing") == Some("true");
    let is_web_socket = pairs.any("transport").as_deref() == Some("ws");
    let flag = pairs.any("device_flag").and_then(|flag| device_flag(&flag));
    let (expected, actual) = (text("expect_token"), text("act_token"));
    // A line is found by its token's name, unless it contains the words of a refusal.
    if step == Step::Diagnosis && actual.is_none() {
        return None;
    }
    // Escaped by the crate, and once more by tracing.
    let uid = unescaped(&text("uid")?);
    let label = text("cause")?;
    let failure = Failure {
        told: told(&label, &texts.join(" "), is_missing, is_web_socket)?,
        ..own(uid, flag, expected, actual)
    };
    let event = Event {
        step,
        device_id: text("device_id").unwrap_or_default(),
        peer: pairs.any("peer").unwrap_or_default(),
        is_diagnosed: pairs.bare(event::DIAGNOSED) == Some("true"),
    };
    Some(event.of(failure))
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
        may_be_cut: false,
        attempt: None,
    }
}
