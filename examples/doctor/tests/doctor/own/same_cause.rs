//! Cause, uid, flag and fix, in whatever way a host logs a refusal.

use serde_json::json;
use wukongim_auth::diagnosis::Language;
use wukongim_auth::{Cause, Credentials, DeviceFlag, VerifyError, verify};

use super::refusals::{Broken, NOW, TOKEN, refusals};
use crate::run::{finding, object, objects};

/// What a host logs of a refusal, in the ways that hosts log.
pub fn lines(error: &VerifyError) -> Vec<String> {
    let json = serde_json::to_value(error).unwrap();
    let wrapped = json!({"timestamp": "2026-05-01T06:06:00.25Z", "fields": json});
    let message = json!({"level": "WARN", "fields": {"message": format!("refused: {error}")}});
    vec![
        error.to_string(),
        format!("2026-05-01T06:00:00.123456Z  WARN gateway: client refused: {error}"),
        format!("\u{1b}[2m2026-05-01T06:00:00Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m {error}"),
        json.to_string(),
        format!("May 01 06:00:00 host gateway[7]: {json}"),
        wrapped.to_string(),
        message.to_string(),
        json!({"msg": "client refused", "error": json}).to_string(),
        json!({"log": format!("{error}\n"), "stream": "stderr"}).to_string(),
        format!("2026-05-01T06:00:00.123456Z  WARN gateway: {error:#}"),
        json!({"level": "WARN", "message": format!("{error:#}")}).to_string(),
    ]
}

#[test]
fn the_crates_refusals_keep_their_cause_uid_flag_and_fix() {
    let refusals = refusals();
    let is_decided = |error: &&VerifyError| !matches!(error.cause(), Cause::Ambiguous { .. });
    let cases: Vec<_> = refusals
        .iter()
        .filter(is_decided)
        .flat_map(|error| lines(error).into_iter().map(move |line| (error, line)))
        .collect();
    let log: Vec<_> = cases.iter().map(|(_, line)| line.as_str()).collect();
    let (english, chinese) = (
        objects(&[], &log.join("\n")),
        objects(&["--lang", "zh"], &log.join("\n")),
    );
    assert_eq!((english.len(), chinese.len()), (cases.len(), cases.len()));
    for (((error, line), object), chinese) in cases.iter().zip(&english).zip(&chinese) {
        assert_eq!(finding(object), error.cause().label(), "{line}");
        assert_eq!(object["fix"], error.fix().to_string(), "{line}");
        let fix = error.fix().in_language(Language::Chinese).to_string();
        assert_eq!(chinese["fix"], fix, "{line}");
        let flag = u8::from(error.device_flag());
        assert_eq!(object["deviceFlag"], flag, "{line}");
        assert_eq!(
            object["actToken"],
            error.actual_token().to_string(),
            "{line}"
        );
        let uid = object["uid"].as_str().unwrap_or_default();
        assert_eq!(uid, error.uid().escape_debug().to_string(), "{line}");
    }
}

#[test]
fn there_is_a_refusal_for_every_cause() {
    let refusals = refusals();
    let mut labels: Vec<_> = refusals.iter().map(|e| e.cause().label()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), 16, "{labels:?}");
}

#[test]
fn an_ambiguous_refusal_keeps_its_candidates() {
    let credentials = Credentials::new("alice", DeviceFlag::App, TOKEN);
    let error = verify(&Broken(false), &credentials, NOW).unwrap_err();
    let named = "? issued_for_other_flag not_issued_for_flag not_issued";
    assert_eq!(finding(&object(&[], &error.to_string())), named);
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(finding(&object(&[], &json)), named);
}
