//! What real tools make of a line.

use super::{NOT_FOUND, V1, bare, demand};
use crate::run::tool;

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
