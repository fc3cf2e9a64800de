//! One line of upstream's in whatever shippers, exports and terminals make of it: always the finding
//! of the bare line. What real tools can make is made by them.

mod console;
mod cut;
mod damaged;
mod files;
mod several;
mod shippers;
mod tools;
mod uids;

use serde_json::Value;

use crate::run::{finding, objects, output};

/// As collected: a name, a tab, the line.
const COLLECTED: &str = include_str!("wrapped.tsv");

const V1: &str = r#"{"level":"error","time":"2024-04-11 08:12:09","msg":"【Processor】token verify fail","expectToken":"","actToken":"5f1d","conn":"Conn[6] uid=mallory fd={28} deviceFlag=WEB"}"#;

const NOT_FOUND: &str = r#"{"level":"error","time":"2026-04-23T09:00:01.25+08:00","msg":"【handler】get device token err","error":"not found","uid":"alice","deviceFlag":"WEB","sourceNodeId":1001}"#;

fn bare() -> String {
    let (_, line) = COLLECTED.lines().next().unwrap().split_once('\t').unwrap();
    line.to_owned()
}

/// What is the same however a line is wrapped.
fn essence(object: &Value) -> Vec<Value> {
    let members = [
        "uid",
        "deviceFlag",
        "sourceNodeId",
        "expectToken",
        "actToken",
    ];
    let mut essence: Vec<_> = members.iter().map(|name| object[*name].clone()).collect();
    essence.push(finding(object).into());
    essence
}

fn demand(name: &str, line: &str, wrapped: &[u8]) {
    let bare = objects(&[], line);
    let out = output(&["--json"], wrapped);
    let errors = String::from_utf8_lossy(&out.stderr);
    assert_eq!(errors, "", "{name}");
    let text = String::from_utf8(out.stdout).unwrap();
    let found: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        found.len(),
        1,
        "{name}: {}",
        String::from_utf8_lossy(wrapped)
    );
    assert_eq!(essence(&found[0]), essence(&bare[0]), "{name}");
}
