//! Dumps: of many users, and such as cannot be read.

use std::fs;
use std::path::PathBuf;

use wukongim_auth::{DeviceLevel, Timestamp, Token, TokenRecord};

use crate::run::output;

pub fn rows() -> String {
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

pub fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    fs::write(&path, text).unwrap();
    path
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
