//! Words of which nothing shows who wrote them are possibly another program's: that is said.

use crate::run::{finding, object, output};

/// Each line with its label, and whether another program may have written it.
const LINES: [(&str, &str, bool); 18] = [
    (r#"{"msg":"user is banned","user":5}"#, "banned", true),
    ("2026-04-23 09:00:01 shop: user is banned", "banned", true),
    (
        r#"{"msg":"【handler】user is ban","uid":"a"}"#,
        "banned",
        false,
    ),
    (
        "2026/04/23 09:00:01 http: TLS handshake error from 10.0.0.7:1: EOF",
        "transport",
        true,
    ),
    (
        r#"{"msg":"failed to read","error":"read: connection reset by peer"}"#,
        "transport",
        true,
    ),
    (
        r#"{"msg":"【ReactorSub-1】failed to read","error":"tls: bad certificate"}"#,
        "transport",
        false,
    ),
    (
        r#"{"msg":"manager token verify fail","user":"root"}"#,
        "manager",
        true,
    ),
    ("WARN shop: manager token verify fail", "manager", true),
    (
        r#"{"msg":"【handler】manager token verify fail","uid":"____manager"}"#,
        "manager",
        false,
    ),
    (
        r#"{"msg":"manager token verify fail","uid":"____manager"}"#,
        "manager",
        false,
    ),
    (
        r#"[GIN] 2026/04/23 - 12:55:00 | 401 | 1ms | 10.0.0.7 | POST "/user/token""#,
        "manager",
        false,
    ),
    (
        "WARN gateway: the first frame is SEND, not CONNECT",
        "no_connect",
        false,
    ),
    (
        r#"{"msg":"Decoded first frame is nil"}"#,
        "no_connect",
        true,
    ),
    (
        r#"{"msg":"gateway auth failed","failure":"authenticator","listener":"tcp"}"#,
        "gateway_auth",
        false,
    ),
    ("ERROR envoy: gateway auth failed", "gateway_auth", true),
    (r#"{"msg":"max idle time exceeded"}"#, "idle", true),
    (r#"{"msg":"【conn】max idle time exceeded"}"#, "idle", false),
    (
        r#"{"message":"Failed to decode payload","service":"shop"}"#,
        "after_login",
        true,
    ),
];

/// Upstream's tags are names in its sources.
#[test]
fn a_tag_that_is_not_upstreams_leaves_it_open() {
    for (line, label) in [
        (
            r#"{"time":"2026-04-23T09:30:00+08:00","msg":"【订单服务】token is empty"}"#,
            "empty_token",
        ),
        (
            "2026-04-23 09:30:00 ERROR 【网关】UID is empty",
            "empty_uid",
        ),
        (
            "2026-04-23 09:30:00 ERROR 【论坛】user is banned",
            "not the token: banned",
        ),
    ] {
        let found = object(&[], line);
        let is_open = finding(&found).starts_with("? ") || finding(&found) == label;
        assert!(is_open && found["possibly"] == true, "{line}: {found}");
    }
    // Of a bracket that an encoding has damaged, something may be left.
    for tag in ["【Server", "\u{fffd}\u{fffd}\u{fffd}handler"] {
        let ours = object(
            &[],
            &format!(r#"{{"msg":"{tag}】token is empty","uid":"a"}}"#),
        );
        assert_eq!(ours.get("possibly"), None, "{ours}");
    }
    for line in [
        r#"{"time":"2026-04-23T09:30:00Z","msg":"【设备】UUID is empty"}"#,
        r#"{"time":"2026-04-23T09:00:00Z","msg":"device UUID is empty"}"#,
    ] {
        let out = output(&["--json"], line.as_bytes());
        assert_eq!(String::from_utf8_lossy(&out.stdout), "", "{line}");
    }
}

#[test]
fn what_another_program_may_have_written_is_marked() {
    for (line, label, is_possible) in LINES {
        let found = object(&[], line);
        assert_eq!(finding(&found), format!("not the token: {label}"), "{line}");
        assert_eq!(found["possibly"] == true, is_possible, "{line}");
        let table = String::from_utf8(output(&[], line.as_bytes()).stdout).unwrap();
        let says = table.contains("Possibly WuKongIM's line");
        assert_eq!(says, is_possible, "{line}\n{table}");
        let live = output(&["--follow", "--lang", "zh"], line.as_bytes()).stdout;
        let live = String::from_utf8(live).unwrap();
        let first = live.lines().next().unwrap();
        assert_eq!(first.ends_with(&format!("{label}?")), is_possible, "{live}");
        assert_eq!(live.contains("可能是 WuKongIM 的日志"), is_possible);
    }
}

/// Those of WuKongIM and those of others are not counted together.
#[test]
fn both_kinds_are_counted_apart() {
    let log = [LINES[0].0, LINES[1].0, LINES[2].0].join("\n");
    let out = String::from_utf8(output(&[], log.as_bytes()).stdout).unwrap();
    let counts: Vec<_> = out
        .lines()
        .filter_map(|line| line.strip_prefix("         "))
        .map(|line| line.trim_start().split(' ').next().unwrap())
        .filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    assert_eq!(counts, ["1", "2"], "{out}");
}
