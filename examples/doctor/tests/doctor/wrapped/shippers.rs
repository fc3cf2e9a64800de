//! Members of objects, arrays, prefixes, exports.

use serde_json::{Value, json};

use super::{COLLECTED, NOT_FOUND, V1, bare, demand};
use crate::run::output;

#[test]
fn collected_wrappers_give_the_finding_of_the_bare_line() {
    let bare = bare();
    for line in COLLECTED.lines() {
        let (name, wrapped) = line.split_once('\t').unwrap();
        demand(name, &bare, wrapped.as_bytes());
    }
}

/// Any member, at any depth, as text or as an object, in an array or behind a prefix.
#[test]
fn wrappers_give_the_finding_of_the_bare_line() {
    for line in [&*bare(), V1, NOT_FOUND] {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |value: Value| value.to_string();
        let nested = json!({"message": json!({"log": line}).to_string()}).to_string();
        let csv = line.replace('"', "\"\"");
        let cases = [
            (
                "ECS with the original",
                text(
                    json!({"@timestamp": "2026-04-23T01:00:01.25Z", "message": line, "event": {"original": line}}),
                ),
            ),
            (
                "GCP",
                text(
                    json!({"insertId": "x", "textPayload": line, "timestamp": "2026-04-23T01:00:01.25Z"}),
                ),
            ),
            (
                "CloudWatch",
                text(json!({"events": [{"timestamp": 1776906001250_u64, "message": line}]})),
            ),
            (
                "OpenSearch",
                text(
                    json!({"hits": {"total": {"value": 1}, "hits": [{"_index": "x", "_source": {"message": line}}]}}),
                ),
            ),
            (
                "OpenSearch, parsed",
                text(json!({"hits": {"hits": [{"_source": {"json": value}}]}})),
            ),
            (
                "Loki",
                text(
                    json!({"streams": [{"stream": {"app": "im"}, "values": [["1776906001250000000", line]]}]}),
                ),
            ),
            (
                "SLS",
                text(json!({"__time__": 1776906001, "content": line, "__source__": "10.0.0.1"})),
            ),
            ("Datadog", text(apart(&value, "message"))),
            ("OTel, parsed", text(apart(&value, "body"))),
            ("an array", text(json!([{"line": line}]))),
            ("an array of lines", text(json!([line]))),
            (
                "OTel",
                text(
                    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": line}}]}]}]}),
                ),
            ),
            ("twice wrapped", nested),
            ("Compose", format!("wukongim-1  | {line}")),
            (
                "Kubernetes",
                format!("2026-04-23T01:00:01.25Z stderr F {line}"),
            ),
            (
                "syslog",
                format!("<11>Apr 23 09:00:01 host wukongim[7]: {line}"),
            ),
            (
                "a prefix with brackets",
                format!("{{app=\"im\"}} [pod-1] {line}"),
            ),
            (
                "a prefix with an object",
                format!("{{\"labels\":{{\"a\":1}}}} {line}"),
            ),
            (
                "logfmt",
                format!("ts=2026-04-23T01:00:01Z level=error line={}", json!(line)),
            ),
            ("CSV", format!("\"2026-04-23T01:00:01Z\",\"im\",\"{csv}\"")),
            (
                "XML",
                format!("<Data>{}</Data>", line.replace('"', "&quot;")),
            ),
            ("escaped", line.replace('\\', "\\\\").replace('"', "\\\"")),
            ("coloured", format!("\u{1b}[31m{line}\u{1b}[0m")),
            (
                "coloured, as rsyslog shows it",
                format!("#033[31m{line}#033[0m"),
            ),
            ("Windows", format!("{line}\r\n")),
            ("with a byte order mark", format!("\u{feff}{line}")),
        ];
        for (name, wrapped) in cases {
            demand(name, line, wrapped.as_bytes());
        }
    }
}

/// The message, and what belongs to it in an object beside it.
fn apart(line: &Value, message: &str) -> Value {
    let mut fields = line.as_object().unwrap().clone();
    let msg = fields.remove("msg").unwrap();
    json!({"timestamp": "2026-04-23T01:00:01.25Z", message: msg, "attributes": fields})
}

/// journald has bytes in place of a text with control characters, such as those of v2.1's colours.
#[test]
fn the_bytes_of_journald_are_a_line() {
    let console = "\u{1b}[31mERR\u{1b}[0m msg=【handler】token verify fail uid=alice sourceNodeId=1001 expectToken=abcd actToken=efgh";
    for line in [&*bare(), console] {
        let entry = json!({"__REALTIME_TIMESTAMP": "1776906001250000", "MESSAGE": line.as_bytes()});
        demand("journald", line, entry.to_string().as_bytes());
        let pretty = serde_json::to_string_pretty(&entry).unwrap();
        demand("journald, pretty", line, pretty.as_bytes());
    }
}

/// A client's own text in a field of another line is no line.
#[test]
fn lines_within_the_texts_of_peers_are_none() {
    let bare = bare();
    let lines = [
        json!({"msg": "【handler】user connected", "uid": bare}).to_string(),
        json!({"msg": "【handler】user connected", "x": bare}).to_string(),
        json!({"message": "connected", "uid": bare, "device_id": bare}).to_string(),
        json!({"message": "connected", "conn": {"a": bare}}).to_string(),
    ];
    for line in lines {
        assert!(
            output(&["--json"], line.as_bytes()).stdout.is_empty(),
            "{line}"
        );
    }
}
