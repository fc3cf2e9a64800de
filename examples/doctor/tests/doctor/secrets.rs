//! No token is shown without `--reveal`, whatever the line is like.

use crate::run::doctor;

const CANARY: &str = "canary-2f6c1d";

const LINES: &[&str] = &[
    r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"CANARY","conn":"Conn[6]"}"#,
    r#"【Processor】token verify fail","expectToken":"CANARY","actToken":"x","conn":"Conn[6]"}"#,
    r#"{"msg":"【handler】token verify fail","uid":"a","expectToken":"CANARY","actToken":"CANARY "}"#,
    r#"{"msg":"【handler】manager token verify fail","uid":"____manager","token":"CANARY"}"#,
    r#"{"msg":"【handler】msgKey is illegal！","aesKey":"CANARY","act":"CANARY"}"#,
    r#"token verify fail: the token is not the registered one; cause=mismatch uid="a" deviceFlag=APP deviceID="" expectToken="CANARY" actToken="CANARY""#,
    r#"token verify fail: the token is not the registered one; cause=mismatch uid="a" deviceFlag=APP deviceID="" expectToken="len=1 CANARY" actToken="len=1 sha256=CANARY""#,
    r#"{"uid":"a","deviceFlag":0,"expectToken":"CANARY","actToken":"CANARY","cause":"mismatch","fix":"CANARY"}"#,
    r#"token verify fail uid="a" cause=mismatch expect_token=CANARY act_token=CANARY"#,
    r#"{"msg":"【handler】get device token err","error":"CANARY"}"#,
];

#[test]
fn tokens_are_fingerprints() {
    for line in LINES {
        let log = line.replace("CANARY", CANARY);
        for arguments in [&["--json"][..], &[], &["--lang", "zh"]] {
            let out = doctor(arguments, log.as_bytes());
            assert!(!out.contains(CANARY), "{line}\n{out}");
            assert!(
                !out.contains("No failed check found")
                    || line.contains("manager")
                    || line.contains("msgKey")
            );
        }
    }
}

#[test]
fn reveal_shows_them() {
    let log = LINES[0].replace("CANARY", CANARY);
    for arguments in [&["--reveal", "--json"][..], &["--reveal"]] {
        assert!(doctor(arguments, log.as_bytes()).contains(CANARY));
    }
}

/// A uid is the peer's own choice: it must not forge lines, colours or fields.
#[test]
fn uids_are_escaped_and_cut() {
    let uid = format!(r#"a\u001b[31m\n\"\u202e{}"#, "x".repeat(5_000));
    let line = format!(r#"{{"msg":"【handler】token is empty","uid":"{uid}","sourceNodeId":1}}"#);
    let out = doctor(&[], line.as_bytes());
    assert!(out.contains(r#""a\u{1b}[31m\n\"\u{202e}xxx"#), "{out}");
    assert!(!out.contains(['\u{1b}', '\u{202e}']) && !out.contains(&"x".repeat(65)));
}
