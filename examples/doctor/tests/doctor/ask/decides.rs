//! What the server's answer makes of a failure.

use serde_json::json;

use wukongim_test_support::stand_in::StandIn;

use super::{NANOS, ask, device, fail, none, page, v2};
use crate::run::{finding, object, objects};

#[test]
fn candidates_become_causes_with_the_reason() {
    let server = StandIn::start(v2);
    let cases = [
        (
            fail("alice", "alice-app", "alice-web"),
            "issued_for_other_flag",
            "the token of WEB is the one that was presented",
        ),
        (
            fail("alice", "alice-app", "nobody's"),
            "mismatch",
            "registered under no device flag",
        ),
        (fail("alice", "alice-app", "\"alice-app\""), "altered", ""),
        (
            none("nobody", "APP"),
            "not_issued",
            "this user has no token at all",
        ),
        (
            fail("carol", "", "carol-7"),
            "issued_for_other_flag",
            "the token of 7 is the one that was presented",
        ),
        (
            none("alice", "PC"),
            "? issued_for_other_flag not_issued_for_flag",
            "a token under APP, WEB",
        ),
        (
            none("alice", "WEB"),
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
            "It has changed since the line",
        ),
        (
            fail("alice", "alice-old", "alice-web"),
            "? mismatch issued_for_other_flag manager_token",
            "the presented token is that of WEB now",
        ),
        (
            fail("alice", "alice-old", "older"),
            "? mismatch issued_for_other_flag manager_token",
            "neither of its tokens is registered now",
        ),
    ];
    for (line, expected, reason) in cases {
        let object = object(&ask(&server, &[]), &line);
        assert_eq!(finding(&object), expected, "{line}");
        let said = object["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{line}: {said}");
        let is_decided = !expected.starts_with('?') && expected != "altered";
        assert!(
            !is_decided || said.starts_with("asked at 20") && object.get("candidates").is_none(),
            "{object}"
        );
        let text = object.to_string();
        for secret in ["alice-app", "alice-web", "nobody's", "carol-7"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn fingerprints_are_enough() {
    let server = StandIn::start(|_| {
        let web = json!({"uid": "alice", "device_flag": 1, "token": "len=9 sha256=1f0e4a31"});
        page(
            &[device("alice", 0, "len=9 sha256=00000000", NANOS), web],
            0,
        )
    });
    let line = json!({"uid": "alice", "deviceFlag": 0, "cause": "ambiguous", "candidates": ["mismatch"],
        "expectToken": "len=9 sha256=00000000", "actToken": "len=9 sha256=1f0e4a31"});
    let object = object(&ask(&server, &[]), &line.to_string());
    assert_eq!(finding(&object), "issued_for_other_flag");
}

#[test]
fn the_managers_token_is_recognised_and_otherwise_ruled_out() {
    let lines = [
        fail("alice", "x", "managers-own"),
        fail("alice", "x", "another"),
        fail("alice", "x", "managers-own "),
    ];
    let found: Vec<_> = objects(&["--manager-token", "managers-own"], &lines.join("\n"))
        .iter()
        .map(finding)
        .collect();
    assert_eq!(found[0], "manager_token");
    assert_eq!(found[1], "? mismatch issued_for_other_flag");
    assert_eq!(found[2], "manager_token", "with a blank behind it");
}
