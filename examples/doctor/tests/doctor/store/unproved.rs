//! What the store leaves open where the line shows too little.

use serde_json::json;

use super::dump::file;
use crate::run::{finding, object};

const ALICE: &str = r#"{"uid":"alice","device_flag":1,"v":1,"token":"AAAAAAAAAAAAAAAAAAAA"}"#;
const ALICES_PC: &str = r#"{"uid":"alice","device_flag":2,"v":1,"token":"PPPPPPPPPPPPPPPPPPPP"}"#;
const ALICES_CLEARED: &str = r#"{"uid":"alice","device_flag":1,"v":1,"token":""}"#;
const BOB: &str = r#"{"uid":"bob","device_flag":0,"v":1,"token":"BOBSTOKENBOBSTOKEN11"}"#;

fn v1(expected: &str, actual: &str) -> String {
    json!({"time": "2024-04-11 08:12:09", "msg": "【Processor】token verify fail",
        "expectToken": expected, "actToken": actual})
    .to_string()
}

/// Whether nothing was there, or the store failed: a record leaves the latter, unless it was issued
/// since.
#[test]
fn a_line_without_its_error_is_not_decided_by_a_record() {
    let line = |flag: &str| {
        json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】get device token err",
            "error": {"message": "io timeout"}, "uid": "alice", "deviceFlag": flag})
        .to_string()
    };
    let cases = [
        (
            ALICE,
            "WEB",
            "? store issued_for_other_flag not_issued_for_flag not_issued",
            "unless it was issued after the line",
        ),
        (
            ALICE,
            "PC",
            "? issued_for_other_flag not_issued_for_flag store",
            "has lost its error",
        ),
        (
            ALICES_CLEARED,
            "PC",
            "? not_issued store",
            "has lost its error",
        ),
    ];
    for (index, (dump, flag, expected, reason)) in cases.into_iter().enumerate() {
        let store = file(&format!("no-error{index}.jsonl"), dump);
        let object = object(&["--store", store.to_str().unwrap()], &line(flag));
        assert_eq!(finding(&object), expected, "{flag}");
        let said = object["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_line_that_lost_its_tokens_is_not_decided_by_a_record() {
    let line = json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】token verify fail",
        "uid": "alice", "deviceFlag": "WEB", "sourceNodeId": 1001})
    .to_string();
    let expecting = line.replace(
        "\"uid\"",
        "\"expectToken\":\"AAAAAAAAAAAAAAAAAAAA\",\"uid\"",
    );
    let both = format!("{ALICE}\n{ALICES_PC}");
    let cleared = format!("{ALICES_CLEARED}\n{ALICES_PC}");
    let cases = [
        (ALICE, &line, "? mismatch altered manager_token"),
        (ALICE, &expecting, "? mismatch altered manager_token"),
        (
            &both,
            &line,
            "? issued_for_other_flag mismatch altered manager_token",
        ),
        (
            &cleared,
            &line,
            "? issued_for_other_flag revoked manager_token",
        ),
        // v2 fails in another line where there is no row.
        (
            ALICES_PC,
            &line,
            "? issued_for_other_flag revoked not_issued_for_flag not_issued mismatch manager_token",
        ),
    ];
    for (index, (dump, line, expected)) in cases.into_iter().enumerate() {
        let store = file(&format!("no-tokens{index}.jsonl"), dump);
        let object = object(&["--store", store.to_str().unwrap()], line);
        assert_eq!(finding(&object), expected, "{dump} {line}");
    }
}

/// v2 writes an empty token only for a row that was cleared.
#[test]
fn a_token_that_is_nobodys_leaves_what_the_line_proves() {
    let store = file("v2-proves.jsonl", &format!("{ALICE}\n{BOB}"));
    let line =
        r#"{"msg":"【processUser】token verify fail","expectToken":"","actToken":"nobody's"}"#;
    let arguments = ["--store", store.to_str().unwrap()];
    assert_eq!(finding(&object(&arguments, line)), "revoked");
}

/// Whoever presented it: a token that is somebody's is no proof that he did.
#[test]
fn a_user_named_by_the_presented_token_alone_is_asked_for() {
    let store = file("presented.jsonl", &format!("{ALICE}\n{BOB}"));
    let presented = v1("", "BOBSTOKENBOBSTOKEN11");
    for (language, asks, never) in [
        ("en", "Is the token that was presented", "Never register"),
        ("zh", "客户端出示的 token 确实是该用户自己的吗", "切勿注册"),
    ] {
        let arguments = ["--store", store.to_str().unwrap(), "--lang", language];
        let found = object(&arguments, &presented);
        assert_eq!(finding(&found), "issued_for_other_flag");
        assert_eq!(found["uid"], "bob");
        let fix = found["fix"].as_str().unwrap();
        assert!(fix.starts_with(asks) && fix.contains(never), "{fix}");
    }
}

/// The presented one is two users', the registered one is one user's.
#[test]
fn the_registered_token_names_the_user() {
    let shared = ALICES_PC.replace("PPPPPPPPPPPPPPPPPPPP", "BOBSTOKENBOBSTOKEN11");
    let store = file("shared.jsonl", &format!("{BOB}\n{ALICE}\n{shared}"));
    let line = v1("AAAAAAAAAAAAAAAAAAAA", "BOBSTOKENBOBSTOKEN11");
    let found = object(&["--store", store.to_str().unwrap()], &line);
    assert_eq!(finding(&found), "issued_for_other_flag");
    assert_eq!(found["uid"], "alice");
    let fix = found["fix"].as_str().unwrap();
    assert!(fix.contains("deviceFlag 2 (PC)"), "{fix}");
}

#[test]
fn a_token_of_another_users_is_said_to_be_registered() {
    let store = file("of-another-user.jsonl", &format!("{ALICE}\n{BOB}"));
    let line = v1("AAAAAAAAAAAAAAAAAAAA", "BOBSTOKENBOBSTOKEN11");
    for (language, says) in [
        ("en", "registered for another user, under APP"),
        ("zh", "注册在另一个用户的 APP 下"),
    ] {
        let arguments = ["--store", store.to_str().unwrap(), "--lang", language];
        let found = object(&arguments, &line);
        assert_eq!(finding(&found), "mismatch");
        let reason = found["reason"].as_str().unwrap();
        assert!(reason.contains(says), "{reason}");
    }
    let nobodys = v1("AAAAAAAAAAAAAAAAAAAA", "nobody's");
    let found = object(&["--store", store.to_str().unwrap()], &nobodys);
    let reason = found["reason"].as_str().unwrap();
    assert!(
        reason.contains("registered under no device flag"),
        "{reason}"
    );
}
