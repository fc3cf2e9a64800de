//! Lines of others.

use crate::run::output;

#[test]
fn lines_of_others_are_left_alone() {
    let others = [
        "",
        "{}",
        "token verify failed: jwt expired",
        r#"{"msg":"【handler】handle connect failed","error":"token verify fail","uid":"bob"}"#,
        r#"2025-01-06 【processUser】handle connect failed	{"error": "token verify fail", "uid": "bob"}"#,
        r#"{"msg":"user said","payload":"token verify fail"}"#,
        r#"{"msg":"【user】清空用户token失败！","error":"token is empty"}"#,
        r#"{"msg":"【ReactorSub-1】failed to read","error":"ws closed: 1005 "}"#,
        r#"{"cause":"no_such_cause","actToken":"len=1 sha256=00000000"}"#,
    ];
    for line in others {
        let output = output(&["--json"], line.as_bytes());
        assert!(output.stdout.is_empty(), "{line}");
    }
}
