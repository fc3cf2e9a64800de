//! `--store` decides what the log alone cannot.

use std::fs;
use std::path::PathBuf;

use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};

use crate::run::{finding, object, output};

struct Case {
    name: &'static str,
    line: &'static str,
    alone: &'static str,
    with_store: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "the other flag's token",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-app","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "nobody's token",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-app","actToken":"other-one"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "a digest in the store",
        line: r#"{"msg":"【handler】token verify fail","uid":"dave","sourceNodeId":1,"expectToken":"dave-app","actToken":"dave-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "nothing under this flag, a token under another",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"bob","deviceFlag":"APP"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag",
    },
    Case {
        name: "a user that the dump does not know",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"nobody","deviceFlag":"APP"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
    },
    Case {
        name: "the other flag's token, revoked after the line",
        line: r#"{"time":"2026-01-01 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-app","actToken":"erin-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "the other flag's token, revoked before the line",
        line: r#"{"time":"2026-01-03 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-app","actToken":"erin-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "its own token, revoked after the line",
        line: r#"{"time":"2026-01-01 00:00:00","msg":"【handler】token verify fail","uid":"erin","sourceNodeId":1,"expectToken":"erin-web","actToken":"nobody's"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "a device flag of the deployment's own",
        line: r#"{"msg":"【handler】get device token err","error":"not found","uid":"alice","deviceFlag":7}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        with_store: "? issued_for_other_flag not_issued_for_flag",
    },
    Case {
        name: "no device flag, and the token shown is stored for two, one of the deployment's own",
        line: r#"{"msg":"【handler】token verify fail","uid":"frank","sourceNodeId":1,"expectToken":"same","actToken":"frank-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "the token of a device flag of the deployment's own",
        line: r#"{"msg":"【handler】token verify fail","uid":"frank","sourceNodeId":1,"expectToken":"frank-web","actToken":"same"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "no device flag, and each that most clients use has a token",
        line: r#"{"msg":"token verify fail","uid":"grace","expectToken":"","actToken":"grace-web"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "cleared, and the client has another flag's",
        line: r#"{"msg":"【handler】token verify fail","uid":"carol","sourceNodeId":1,"expectToken":"","actToken":"carol-web"}"#,
        alone: "revoked",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "cleared, and the client has what was cleared or nobody's",
        line: r#"{"msg":"【handler】token verify fail","uid":"carol","sourceNodeId":1,"expectToken":"","actToken":"carol-old"}"#,
        alone: "revoked",
        with_store: "revoked",
    },
    Case {
        name: "a store that has changed since does not fit the line",
        line: r#"{"msg":"【handler】token verify fail","uid":"alice","sourceNodeId":1,"expectToken":"alice-before","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "? mismatch issued_for_other_flag manager_token",
    },
    Case {
        name: "v1 names nobody, and the token is alice's of another flag",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"alice-web","conn":"Conn[6] uid=alice"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, and both tokens are alice's",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"alice-app","actToken":"alice-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, alice's flag and grace's token: never an order to register it",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"alice-app","actToken":"grace-web"}"#,
        alone: "? mismatch issued_for_other_flag manager_token",
        with_store: "mismatch",
    },
    Case {
        name: "v1, and a digest in the store",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"dave-web"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "issued_for_other_flag",
    },
    Case {
        name: "v1, and the token was revoked",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"carol-old"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "revoked",
    },
    Case {
        name: "v1, and a token that the store has for nobody",
        line: r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"nobody's"}"#,
        alone: "? issued_for_other_flag not_issued_for_flag not_issued revoked manager_token",
        with_store: "? not_issued not_issued_for_flag revoked manager_token",
    },
];

#[test]
fn the_store_decides_what_the_log_cannot() {
    let store = file("decides.jsonl", &rows());
    let with_store = ["--store", store.to_str().unwrap()];
    for case in CASES {
        assert_eq!(
            finding(&object(&[], case.line)),
            case.alone,
            "{}",
            case.name
        );
        let decided = finding(&object(&with_store, case.line));
        assert_eq!(decided, case.with_store, "{}", case.name);
    }
}

#[test]
fn the_fix_names_the_flag_that_the_store_found() {
    let store = file("names.jsonl", &rows());
    let arguments = ["--store", store.to_str().unwrap()];
    let fix = object(&arguments, CASES[0].line)["fix"].to_string();
    assert!(fix.contains("deviceFlag 1 (WEB)."), "{fix}");
    let own = CASES
        .iter()
        .find(|case| case.line.ends_with(r#""frank-web","actToken":"same"}"#));
    let fix = object(&arguments, own.unwrap().line)["fix"].to_string();
    assert!(fix.contains("deviceFlag 0 (APP) or 7."), "{fix}");
}

#[test]
fn a_store_that_cannot_be_read_is_an_error_that_shows_nothing_of_it() {
    let bad = [
        r#"{"uid":"alice","device_flag":0,"v":1,"token":5,"x":"canary"}"#,
        r#"{"uid":"alice","device_flag":0,"v":2,"token":"canary"}"#,
        r#"{"uid":"alice","device_flag":300,"v":1,"token":"canary"}"#,
        r#"{"uid":"alice","v":1,"token":"canary"}"#,
        "canary",
    ];
    for (index, line) in bad.iter().enumerate() {
        let store = file(&format!("bad{index}.jsonl"), &format!("\n{line}\n"));
        let output = output(&["--store", store.to_str().unwrap()], b"");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{line}");
        assert!(
            errors.contains("line 2") && !errors.contains("canary"),
            "{errors}"
        );
        assert!(output.stdout.is_empty());
    }
}

fn rows() -> String {
    let record = |token: &str| TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    let rows = [
        ("alice", 0, record("alice-app")),
        ("alice", 1, record("alice-web")),
        ("bob", 1, record("bob-web")),
        (
            "carol",
            0,
            record("carol-old").revoke(Timestamp::from_millis(1)),
        ),
        ("carol", 1, record("carol-web")),
        ("carol", 2, record("")),
        ("erin", 0, record("erin-app")),
        (
            "erin",
            1,
            // 2026-01-02.
            record("erin-web").revoke(Timestamp::from_millis(1_767_312_000_000)),
        ),
        ("frank", 0, record("same")),
        ("frank", 1, record("frank-web")),
        ("frank", 7, record("same")),
        ("grace", 0, record("grace-app")),
        ("grace", 1, record("grace-web")),
        ("grace", 2, record("grace-pc")),
        ("dave", 0, record("dave-app").into_digest_only()),
        ("dave", 1, record("dave-web").into_digest_only()),
    ];
    let mut text = String::new();
    for (index, (uid, flag, record)) in rows.into_iter().enumerate() {
        let mut row = serde_json::to_value(record.expose_for_storage()).unwrap();
        if index % 2 == 0 {
            row = serde_json::json!({ "record": row });
        }
        row["uid"] = uid.into();
        row["device_flag"] = flag.into();
        text += &format!("{row}\n");
    }
    text
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_token_names_the_user_of_a_line_that_does_not() {
    let store = file("by-token.jsonl", &rows());
    let line =
        r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"alice-web"}"#;
    let object = object(&["--store", store.to_str().unwrap()], line);
    assert_eq!(object["uid"], "alice");
    let reason = object["reason"].as_str().unwrap();
    assert!(
        reason.contains("the token of WEB is the one that was presented"),
        "{reason}"
    );
    assert!(
        object["fix"]
            .as_str()
            .unwrap()
            .contains("deviceFlag 1 (WEB)."),
        "{object}"
    );
}
