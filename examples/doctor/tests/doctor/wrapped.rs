//! One line of upstream's in whatever shippers, exports and terminals make of it: always the finding
//! of the bare line. What real tools can make is made by them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::run::{finding, objects, output, tool};

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

/// A tag whose brackets an encoding, a logger or a terminal has damaged.
#[test]
fn a_damaged_tag_is_a_tag() {
    let brackets = [
        ("#343#200#220", "#343#200#221"),
        (r"\343\200\220", r"\343\200\221"),
        (r"\xe3\x80\x90", r"\xe3\x80\x91"),
        ("M-cM-^@M-^P", "M-cM-^@M-^Q"),
        ("ã€\u{90}", "ã€\u{91}"),
        ("\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}"),
        ("?", "?"),
    ];
    for line in [&*bare(), V1, NOT_FOUND] {
        for (open, close) in brackets {
            let json = |text: &str| text.replace('\\', "\\\\");
            let damaged = line.replace('【', &json(open)).replace('】', &json(close));
            demand(open, line, damaged.as_bytes());
        }
    }
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

/// Lines that a shipper put into one message, or that lost what stood between them.
#[test]
fn several_lines_in_one_are_lines_each() {
    let (bare, console) = (
        bare(),
        "ERR msg=【handler】token is empty uid=bob sourceNodeId=1001",
    );
    let pretty: Value = serde_json::from_str(&bare).unwrap();
    let cases = [
        (format!("{bare}\n{NOT_FOUND}"), 2),
        (format!("{bare}\nstarted\n{console}"), 2),
        (format!("{console}\n{console}\n  at main.go:7"), 2),
        (format!("{pretty:#}"), 1),
        (format!("ERROR\n{pretty:#}\nstopped"), 1),
        (format!("{bare}{NOT_FOUND}"), 2),
    ];
    for (message, count) in cases {
        let line = json!({"@timestamp": "2026-04-23T01:00:01.25Z", "message": message}).to_string();
        let found = objects(&[], &line);
        assert_eq!(found.len(), count, "{line}");
        assert!(found.iter().all(|one| one["uid"].is_string()), "{found:?}");
    }
    let found = objects(&[], &format!("{bare}{NOT_FOUND} {bare}"));
    assert_eq!(found.len(), 2, "what is said twice is one");
}

/// The message, and what belongs to it in an object beside it.
fn apart(line: &Value, message: &str) -> Value {
    let mut fields = line.as_object().unwrap().clone();
    let msg = fields.remove("msg").unwrap();
    json!({"timestamp": "2026-04-23T01:00:01.25Z", message: msg, "attributes": fields})
}

#[test]
fn lines_of_arrays_are_lines_each() {
    let bare = bare();
    let log =
        json!({"streams": [{"values": [["1", bare], ["2", bare]]}, {"values": [["3", bare]]}]});
    assert_eq!(objects(&[], &log.to_string()).len(), 3);
}

/// v2.1's console form, for every message.
#[test]
fn the_console_form_is_read() {
    let cases = [
        (
            "ERR msg=【processUser】token verify fail expectToken= actToken=abcd",
            "revoked",
        ),
        (
            "2025-01-06 11:20:08 ERR msg=【processUser】token verify fail expectToken=abcd actToken=\"abcd \"",
            "altered",
        ),
        (
            "ERR msg=【handler】token verify fail uid=alice sourceNodeId=1001 expectToken=abcd actToken=efgh",
            "? mismatch issued_for_other_flag manager_token",
        ),
        ("ERR msg=【handler】token is empty uid=alice", "empty_token"),
        (
            "ERR msg=【handler】get device token err error=\"not found\" uid=alice deviceFlag=WEB",
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        ),
        (
            "ERR msg=【handler】get device token err error=\"pebble: closed\" uid=alice deviceFlag=WEB",
            "store",
        ),
        (
            "WRN msg=【ReactorSub-3】failed to read error=\"tls: first record does not look like a TLS handshake\"",
            "not the token: transport",
        ),
        (
            "ERR msg=【Server】CONNECT packet UID is empty, closing connection",
            "empty_uid",
        ),
    ];
    for (line, expected) in cases {
        let found = objects(&[], line);
        assert_eq!(found.len(), 1, "{line}");
        assert_eq!(finding(&found[0]), expected, "{line}");
    }
    let found = objects(&[], cases[2].0);
    assert_eq!(
        (&found[0]["uid"], &found[0]["sourceNodeId"]),
        (&json!("alice"), &json!(1001))
    );
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

#[test]
fn what_jq_makes_of_a_line_is_read() {
    let cases: [&[&str]; 9] = [
        &["."],
        &["--tab", "."],
        &["[., {a: 1}]"],
        &["{a: 1, line: (. | tostring), b: [1, {c: 2}]}"],
        &["{jsonPayload: ., timestamp: \"2026-04-23T01:00:01.25Z\"}"],
        &["-c", "{message: tojson}"],
        &["-ac", "."],
        &["-r", "[.time, \"im\", tojson] | @csv"],
        &["{streams: [{stream: {a: \"b\"}, values: [[\"1776906001250000000\", tojson]]}]}"],
    ];
    for line in [&*bare(), V1, NOT_FOUND] {
        for arguments in cases {
            let Some(made) = tool("jq", arguments, line.as_bytes()) else {
                return;
            };
            demand(&format!("jq {arguments:?}"), line, &made);
            // Among other lines.
            let among = [b"{\"a\":1}\nstarted\n".as_slice(), &made, b"\nstopped\n{\n"].concat();
            demand(&format!("jq {arguments:?}, among others"), line, &among);
        }
    }
}

/// As `journalctl -o json` has it: every field of the entry as text.
#[test]
fn what_journald_makes_of_a_line_is_read() {
    for line in [&*bare(), NOT_FOUND] {
        let filter = r#"{__CURSOR: "s=1;i=2", __REALTIME_TIMESTAMP: "1776906001250000", _HOSTNAME: "im", PRIORITY: "3", SYSLOG_IDENTIFIER: "wukongim", MESSAGE: tojson}"#;
        let Some(made) = tool("jq", &["-c", filter], line.as_bytes()) else {
            return;
        };
        demand("journald", line, &made);
    }
}

#[test]
fn what_grep_colours_is_read() {
    for line in [&*bare(), V1, NOT_FOUND] {
        let arguments = ["--color=always", "-nH", "token"];
        let Some(made) = tool("grep", &arguments, line.as_bytes()) else {
            return;
        };
        demand("grep", line, &made);
    }
}

#[test]
fn compressed_logs_are_read() {
    let line = bare();
    let compressors: [(&str, &[&str]); 4] = [
        ("gzip", &["-c"]),
        ("zstd", &["-qc"]),
        ("xz", &["-c"]),
        ("bzip2", &["-c"]),
    ];
    for (name, arguments) in compressors {
        let Some(made) = tool(name, arguments, line.as_bytes()) else {
            continue;
        };
        demand(name, &line, &made);
        // Rotated parts may be put one behind the other.
        let Some(other) = tool(name, arguments, b"started\n") else {
            continue;
        };
        demand(name, &line, &[other, made.clone()].concat());
        let path = file(name, &made);
        assert_eq!(objects(&[path.to_str().unwrap()], "").len(), 1, "{name}");
        // One that breaks off is told.
        let broken = output(&[], &made[..made.len() - 9]);
        assert_eq!(broken.status.code(), Some(1), "{name}");
        assert!(!broken.stderr.is_empty(), "{name}");
    }
}

#[test]
fn encodings_are_read() {
    for line in [&*bare(), V1, NOT_FOUND, r#"{"msg":"请先进行连接"}"#] {
        for encoding in ["GBK", "GB18030", "UTF-16", "UTF-16LE", "UTF-16BE"] {
            let text = format!("{line}\n");
            let Some(made) = tool("iconv", &["-f", "UTF-8", "-t", encoding], text.as_bytes())
            else {
                return;
            };
            demand(encoding, line, &made);
        }
    }
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-wrapped-{name}"));
    fs::write(&path, bytes).unwrap();
    path
}
