//! A uid is what the client sent, however often its line was escaped.

use serde_json::{Value, json};

use crate::run::objects;
use crate::uids::UIDS;

#[test]
fn a_uid_is_unescaped_as_often_as_it_was_escaped() {
    for uid in UIDS {
        let bare = json!({"level": "error", "msg": "【handler】token verify fail", "uid": uid,
            "sourceNodeId": 1, "expectToken": "a", "actToken": "b"})
        .to_string();
        let docker = json!({"log": format!("{bare}\n"), "stream": "stderr"}).to_string();
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let xml = bare.replace('&', "&amp;").replace('<', "&lt;");
        let xml = xml.replace('>', "&gt;").replace('"', "&quot;");
        let (_, pasted) = bare.split_once("\"msg\":\"").unwrap();
        let lines = [
            ("bare", bare.clone()),
            ("behind a prefix", format!("im-1  | {bare}")),
            ("Docker", docker.clone()),
            ("Docker's, shipped", json!({"message": docker}).to_string()),
            ("in an array", json!([[bare]]).to_string()),
            ("escaped", escaped(&bare)),
            ("escaped twice", escaped(&escaped(&bare))),
            ("CSV", format!("\"1\",\"{}\"", bare.replace('"', "\"\""))),
            ("XML", format!("<Data>{xml}</Data>")),
            ("pasted in part", format!("…{pasted}")),
            ("over lines", pretty(&bare)),
            ("cut off", bare.trim_end_matches('}').to_owned() + ",\"x"),
            ("console", console(uid)),
        ];
        for (name, line) in lines {
            let found = objects(&[], &line);
            assert_eq!(found.len(), 1, "{name}: {line}");
            let expected = uid.escape_debug().to_string();
            assert_eq!(found[0]["uid"], expected, "{name}: {line}");
        }
    }
}

fn pretty(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap();
    format!("{value:#}")
}

/// As logfmt quotes it.
fn console(uid: &str) -> String {
    format!(
        "ERR msg=【handler】token verify fail uid={} sourceNodeId=1 expectToken=a actToken=b",
        json!(uid)
    )
}
