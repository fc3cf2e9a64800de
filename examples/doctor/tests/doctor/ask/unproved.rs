//! Answers that prove less than they seem to.

use serde_json::{Value, json};

use wukongim_test_support::stand_in::{Reply, StandIn};

use super::{NANOS, ask, device, fail, none, page, v2};
use crate::run::{finding, object};

/// After the lines.
const LATER: i64 = 1_790_000_000_000_000_000;

fn server(devices: Vec<Value>) -> StandIn {
    StandIn::start(move |_| page(&devices, 0))
}

/// v2 writes an empty token only for a row that was cleared, whatever was issued since.
#[test]
fn what_the_line_proves_is_not_overruled() {
    let line = fail("alice", "", "BBBBBBBBBBBBBBBBBBBBBBB");
    let answers = [
        vec![
            device("alice", 1, "web", LATER),
            device("alice", 2, "pc", NANOS),
        ],
        vec![device("alice", 2, "pc", NANOS)],
        vec![],
    ];
    for devices in answers {
        let server = server(devices);
        assert_eq!(finding(&object(&[], &line)), "revoked");
        assert_eq!(finding(&object(&ask(&server, &[]), &line)), "revoked");
    }
}

/// Neither what was issued nor what was cleared after the line tells what was there then.
#[test]
fn what_has_changed_since_proves_nothing() {
    let open = "? mismatch issued_for_other_flag manager_token";
    let app = || device("alice", 0, "app", NANOS);
    let cases = [
        (
            vec![app(), device("alice", 1, "new", LATER)],
            fail("alice", "app", "x"),
            open,
            "WEB",
        ),
        (
            vec![device("alice", 0, "app", LATER)],
            fail("alice", "app", "x"),
            "mismatch",
            "no device flag",
        ),
        (
            vec![device("alice", 1, "", LATER)],
            none("alice", "PC"),
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
            "WEB",
        ),
        // One of two was there then.
        (
            vec![
                app(),
                device("alice", 1, "x", LATER),
                device("alice", 2, "x", NANOS),
            ],
            fail("alice", "app", "x"),
            "issued_for_other_flag",
            "the token of PC is",
        ),
    ];
    for (devices, line, expected, reason) in cases {
        let server = server(devices);
        let object = object(&ask(&server, &[]), &line);
        assert_eq!(finding(&object), expected, "{line}");
        let said = object["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{said}");
    }
}

/// The store may have failed, whatever is in it.
#[test]
fn a_line_without_its_error_is_not_decided_by_an_answer() {
    let line = none("alice", "WEB").replace("\"not found\"", "{\"message\":\"io timeout\"}");
    let cases = [
        (vec![], "? not_issued store"),
        (
            vec![device("alice", 0, "app", NANOS)],
            "? issued_for_other_flag not_issued_for_flag store",
        ),
        (
            vec![device("alice", 1, "web", NANOS)],
            "? store issued_for_other_flag not_issued_for_flag not_issued",
        ),
    ];
    for (devices, expected) in cases {
        let server = server(devices);
        assert_eq!(finding(&object(&ask(&server, &[]), &line)), expected);
    }
}

/// A login gets in where a manager token is set, too: who knows it not cannot exclude it.
#[test]
fn a_login_does_not_exclude_the_managers_token() {
    let server = StandIn::start(|request| match &*request.line {
        "POST /manager/login" => Reply::Json(200, json!({"token": "jwt"}).to_string()),
        _ => v2(request),
    });
    let line = fail("alice", "alice-app", "nobody's");
    let login = ["--login", "admin:pw"];
    let open = object(&ask(&server, &login), &line);
    assert_eq!(finding(&open), "? mismatch manager_token");
    let reason = open["reason"].as_str().unwrap();
    assert!(reason.contains("--manager-token"), "{reason}");
    let known = ["--login", "admin:pw", "--manager-token", "another"];
    assert_eq!(
        finding(&object(&ask(&server, &known), &line)),
        "mismatch",
        "the manager's is known, and another"
    );
    let never = line
        .replace("【handler】", "")
        .replace("\"sourceNodeId\":1,", "")
        .replace("\"alice-app\"", "\"\"");
    let open = object(&ask(&server, &login), &never);
    assert_eq!(finding(&open), "? not_issued_for_flag manager_token");
    let fix = open["fix"].as_str().unwrap();
    assert!(fix.starts_with("Is the token"), "{fix}");
}
