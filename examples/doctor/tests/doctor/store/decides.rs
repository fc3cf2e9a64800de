//! Causes in place of candidates, and the users of lines that name none.

use super::cases::CASES;
use super::dump::{file, rows};
use crate::run::{finding, object};

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
