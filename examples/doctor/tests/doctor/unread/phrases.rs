//! Phrases in forms that are not known.

use serde_json::json;

use super::report;
use crate::own::refusals::{TOKEN, refusals};
use crate::run::output;

const PHRASES: [&str; 5] = [
    "token verify fail",
    "token is empty",
    "get device token err",
    "get user token err",
    "CONNECT packet UID is empty, closing connection",
];

#[test]
fn every_phrase_in_an_unknown_form_is_counted() {
    for phrase in PHRASES {
        let forms = [
            json!({"something": {"quoted": phrase}}).to_string(),
            format!("0x17 <{phrase}"),
            format!("{}{{\"x\":\"{phrase}", "x".repeat(70_000)),
            format!("【handler】{phrase}!!"),
        ];
        for line in forms {
            let (out, code) = report(&format!("started\n{line}\n"));
            assert!(!out.contains("found in what was read"), "{phrase}: {out}");
            let is_failure = out.starts_with("1 failed checks");
            let is_unread = out.contains("1 lines have a refusal's words") && out.contains("-:2");
            let start: String = line.chars().take(100).collect();
            assert!(is_failure || is_unread, "{start}: {out}");
            assert_eq!(code, Some(1), "{start}: {out}");
        }
    }
}

/// As in `the access token is empty`.
#[test]
fn a_phrase_in_another_programs_sentence_is_counted_apart() {
    for line in [
        "shop: the access token is empty",
        "shop: user UID is empty",
        r#"{"app":"shop","text":"access token is emptyish"}"#,
    ] {
        let (out, code) = report(line);
        assert!(out.contains("1 lines have similar words"), "{line}: {out}");
        assert_eq!(code, Some(0), "{line}: {out}");
    }
}

/// Texts of clients.
#[test]
fn a_phrase_in_a_field_of_another_message_is_not_unread() {
    let line = r#"{"msg":"【handler】user connected","uid":"UID is empty"}"#;
    assert_eq!(report(line).1, Some(0), "{line}");
}

/// As after `grep bob`: the line before has no uid.
#[test]
fn a_line_that_repeats_a_refusal_is_no_all_clear() {
    let line = |tag: &str| {
        format!(
            r#"{{"msg":"【{tag}】handle connect failed","error":"token is empty","uid":"bob"}}"#
        )
    };
    let first = r#"{"msg":"【processUser】token is empty"}"#;
    for tag in ["handler", "processUser"] {
        let line = line(tag);
        let (out, code) = report(&line);
        assert!(out.starts_with("0 failed checks"), "{out}");
        assert!(out.contains("1 lines only repeat a refusal"), "{out}");
        assert!(!out.contains("found in what was read"), "{out}");
        assert_eq!(code, Some(1), "{out}");
        let (out, _) = report(&format!("{first}\n{line}"));
        assert!(out.starts_with("1 failed checks"), "{out}");
        assert!(!out.contains("repeat"), "{out}");
    }
}

/// By a newer version, for example: in the object of `Serialize`, in `Display`, and in what the doctor
/// itself prints, which may have candidates instead.
#[test]
fn a_refusal_with_a_cause_that_is_not_known_is_counted() {
    let error = refusals()
        .into_iter()
        .find(|error| error.cause().label() == "mismatch")
        .unwrap();
    let object = serde_json::to_string(&error).unwrap();
    let upstreams = json!({"msg": "【handler】token verify fail", "uid": "alice",
        "sourceNodeId": 1, "expectToken": "a", "actToken": TOKEN});
    let doctors = |line: &str| {
        let out = output(&["--json"], line.as_bytes()).stdout;
        String::from_utf8(out).unwrap().trim_end().to_owned()
    };
    let candidates = doctors(&upstreams.to_string());
    assert!(candidates.contains("\"candidates\""), "{candidates}");
    let mut lines = vec![candidates];
    for line in [object.clone(), error.to_string(), doctors(&object)] {
        assert!(report(&line).0.starts_with("1 failed checks"), "{line}");
        let of_the_future = line.replace("mismatch", "of_the_future");
        assert_ne!(of_the_future, line);
        lines.push(of_the_future);
    }
    for line in &lines {
        for log in [line.clone(), json!({"message": line}).to_string()] {
            let (out, code) = report(&log);
            assert!(
                out.contains("1 lines have a refusal's words in a form or with a cause that is"),
                "{log}: {out}"
            );
            assert!(!out.contains("1 failed checks"), "{log}: {out}");
            assert_eq!(code, Some(1), "{log}");
        }
    }
}

/// A false all-clear would be the worst that could be said of them.
#[test]
fn what_only_a_refusal_has_is_counted_in_any_wrapper() {
    let refusals = refusals();
    let error = refusals
        .iter()
        .find(|error| error.label() == "expired")
        .unwrap();
    let object = serde_json::to_string(error).unwrap();
    let upstreams = json!({"msg": "【handler】token verify fail", "uid": "alice",
        "sourceNodeId": 1, "expectToken": "a", "actToken": TOKEN})
    .to_string();
    let half: String = object.chars().take(200).collect();
    for line in [
        // A string of JSON that was not decoded; a cell of a CSV; logfmt; prefixes with quotes.
        json!(object).to_string(),
        format!("2026,\"{}\"", object.replace('"', "\"\"")),
        format!("level=warn msg={}", json!(object)),
        format!("source=\"gw1\" {object}"),
        format!("\"2026-05-01\",\"gw\",{object}"),
        // What is no JSON any more.
        format!("{{\"log\":\"{}", half.replace('"', "\\\"")),
        object.replace('"', "&#34;"),
        object.replace('"', "'"),
        half,
        // Behind other words, or behind somebody else's brackets.
        format!("2026-05-01T06:03:00Z WARN login failed uid=heidi {error}"),
        format!("【prod】2026-05-01T06:03:00Z WARN gateway: {error}"),
        format!("2026-05-01 06:03:00 【网关】 client refused: {error}"),
        upstreams.replace(['【', '】'], ""),
        upstreams.replace('【', "u3010").replace('】', "u3011"),
    ] {
        let (out, code) = report(&line);
        let is_failure = out.starts_with("1 failed checks");
        let is_unread = out.contains("1 lines have a refusal's words");
        assert!(is_failure || is_unread, "{line}: {out}");
        assert_eq!(code, Some(1), "{line}: {out}");
    }
}

/// A Chinese Windows shows the bytes of UTF-8 as GBK: a bracket takes the letter behind it.
#[test]
fn an_encoding_that_takes_the_first_letter_hides_no_refusal() {
    for phrase in &PHRASES[..4] {
        let line = format!("2026-04-23 ERROR 【handler】{phrase} uid");
        let (shown, ..) = encoding_rs::GBK.decode(line.as_bytes());
        assert!(!shown.contains(phrase), "{shown}");
        let (out, code) = report(&shown);
        assert!(out.contains("1 lines have a refusal's words"), "{out}");
        assert_eq!(code, Some(1), "{shown}");
    }
}
