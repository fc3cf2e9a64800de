//! A refusal that somebody else quotes is none.

use serde_json::json;

use crate::run::output;

pub const LINE: &str = r#"token verify fail: the token is the manager's; cause=manager_token uid="mallory" deviceFlag=APP deviceID="" expectToken=none actToken="len=1 sha256=00000000""#;

/// What a peer wrote into a field is no refusal of the crate's, whatever becomes of the line.
#[test]
fn a_refusal_within_the_text_of_another_is_no_cause() {
    let event = r#"token verify fail uid="mallory" device_flag=APP cause="manager_token" act_token="len=1 sha256=00000000""#;
    for own in [LINE, event] {
        let quoted = json!(own).to_string();
        let huge = "x".repeat(70_000);
        let fields = r#""cause":"manager_token","actToken":"a""#;
        let lines = [
            format!(r#"{{"msg":"【handler】token verify fail","uid":{quoted},"actToken":"b""#),
            format!(
                r#"{{"msg":"【handler】token verify fail","uid":{quoted},"actToken":"{huge}"}}"#
            ),
            format!(r#"【handler】token verify fail","uid":{quoted},"actToken":"b"}}"#),
            format!(r#"…"uid":{quoted},"actToken":"b"}}"#),
            quoted.trim_matches('"').to_owned() + r#"","actToken":"b"}"#,
            format!("【handler】{own}"),
            format!("WARN gateway: refused device_id={own}"),
            format!("WARN conn{{device_id={own}}}: gateway: refused"),
            format!("WARN conn{{device_id=x}}: {own} y}}: token verify fail uid=\"alice\""),
            format!("{own} {huge}"),
            format!(r#"{{"msg":"【handler】token verify fail","x":{{{fields}}},"uid":"a"#),
            format!(r#"{{"msg":"【handler】token verify fail","uid":"a",{fields}}}"#),
        ];
        for line in lines {
            let out = output(&["--json"], line.as_bytes()).stdout;
            let out = String::from_utf8(out).unwrap();
            let start: String = line.chars().take(500).collect();
            assert!(!out.contains(r#""cause":"manager_token""#), "{start}");
        }
    }
}
