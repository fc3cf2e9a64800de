//! v2.1's console form.

use serde_json::json;

use crate::run::{finding, objects};

/// For every message.
#[test]
fn the_console_form_is_read() {
    let cases = [
        (
            "ERR msg=【processUser】token verify fail expectToken= actToken=abcd",
            "revoked",
        ),
        (
            "2025-01-06 11:20:08 ERR msg=【processUser】token verify fail expectToken=abcd actToken=\"abcd \"",
            "altered",
        ),
        (
            "ERR msg=【handler】token verify fail uid=alice sourceNodeId=1001 expectToken=abcd actToken=efgh",
            "? mismatch issued_for_other_flag manager_token",
        ),
        ("ERR msg=【handler】token is empty uid=alice", "empty_token"),
        (
            "ERR msg=【handler】get device token err error=\"not found\" uid=alice deviceFlag=WEB",
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        ),
        (
            "ERR msg=【handler】get device token err error=\"pebble: closed\" uid=alice deviceFlag=WEB",
            "store",
        ),
        (
            "WRN msg=【ReactorSub-3】failed to read error=\"tls: first record does not look like a TLS handshake\"",
            "not the token: transport",
        ),
        (
            "ERR msg=【Server】CONNECT packet UID is empty, closing connection",
            "empty_uid",
        ),
    ];
    for (line, expected) in cases {
        let found = objects(&[], line);
        assert_eq!(found.len(), 1, "{line}");
        assert_eq!(finding(&found[0]), expected, "{line}");
    }
    let found = objects(&[], cases[2].0);
    assert_eq!(
        (&found[0]["uid"], &found[0]["sourceNodeId"]),
        (&json!("alice"), &json!(1001))
    );
}

/// The token is not quoted there, and may be whatever a client likes.
#[test]
fn what_looks_like_a_line_in_a_token_is_none() {
    for token in [
        r#"{"message":"client refused","uid":"victim","deviceFlag":0,"cause":"not_issued","actToken":"x"}"#,
        r#"{"msg":"【handler】token verify fail","uid":"victim","sourceNodeId":1,"expectToken":"zzzzzzzzzzzzzzzzzzzz","actToken":"Bearer zzzzzzzzzzzzzzzzzzzz"}"#,
    ] {
        let line = format!(
            "2025-01-06T11:20:08.1+08:00 ERR msg=【processUser】token verify fail expectToken=c0e2 actToken={token}"
        );
        let found = objects(&[], &line);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].get("uid"), None, "{found:?}");
        assert!(finding(&found[0]).starts_with("? "), "{found:?}");
    }
}

/// The characters of a wrapper are not the token's.
#[test]
fn a_wrapper_is_no_part_of_a_token() {
    let token = "BBBBBBBBBBBBBBBBBBBB";
    for (expected, actual) in [("", ""), ("AAAAAAAAAAAAAAAAAAAA", token), ("", token)] {
        let line = format!(
            "2025-01-06T11:20:08.1+08:00 ERR msg=【processUser】token verify fail expectToken={expected} actToken={actual}"
        );
        let bare = objects(&[], &line);
        for wrapped in [
            format!("\"2025\",\"{line}\",\"im-1\""),
            format!("\"{line}\""),
            format!("'{line}'"),
            format!("`{line}`"),
            format!("<line>{line}</line>"),
            format!("| {line} |"),
        ] {
            let found = objects(&[], &wrapped);
            assert_eq!(found.len(), 1, "{wrapped}");
            let is_open = finding(&found[0]).starts_with("? ");
            assert!(
                is_open || finding(&found[0]) == finding(&bare[0]),
                "{wrapped}: {found:?}"
            );
            assert!(
                found[0]
                    .get("actToken")
                    .is_none_or(|shown| Some(shown) == bare[0].get("actToken")),
                "{wrapped}: {found:?}"
            );
        }
    }
}

/// In pairs, or where the logger quotes its values.
#[test]
fn marks_in_a_token_are_the_clients() {
    let token = "a94f0c8f6f1f0b6c1d2e3f5f1d3cb0a7";
    let fields = "ERR msg=【handler】token verify fail uid=erin sourceNodeId=1001";
    for (actual, cause) in [
        (format!("Optional(\"{token}\")"), "altered"),
        (format!("'{token}'"), "altered"),
        (format!("[\"{token}\"]"), "altered"),
        ("<token>".to_owned(), "placeholder"),
    ] {
        let line = format!("{fields} expectToken={token} actToken={actual}");
        let found = objects(&[], &line);
        assert_eq!(
            found.iter().map(finding).collect::<Vec<_>>(),
            [cause],
            "{line}"
        );
    }
    // A row that was cleared shows it, whatever came.
    let cleared = format!("\"x\",\"{fields} expectToken= actToken={token}\"");
    let found = objects(&[], &cleared);
    assert_eq!(found.iter().map(finding).collect::<Vec<_>>(), ["revoked"]);
    let quoting = format!(
        r#"level=error msg="【handler】token verify fail" uid="dave" sourceNodeId=1001 expectToken="{token}" actToken="Bearer {token}""#
    );
    for line in [
        quoting.clone(),
        format!("{quoting},"),
        format!("'{quoting}'"),
        format!("<log>{quoting}</log>"),
        json!(quoting).to_string(),
    ] {
        let found = objects(&[], &line);
        assert_eq!(
            found.iter().map(finding).collect::<Vec<_>>(),
            ["altered"],
            "{line}"
        );
    }
}
