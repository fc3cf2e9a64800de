//! 0 nothing wrong, 1 failures found or something unread, 2 wrong usage; and what is said beside.

use crate::run::output;

const FAILURE: &str = r#"{"msg":"【handler】token is empty","uid":"alice","sourceNodeId":1}"#;

/// Each line with its exit code, and what the report must say of it.
const CASES: [(&str, i32, &str); 24] = [
    ("", 0, "No failed check found"),
    ("server started", 0, "Of 1 lines, 0 begin as JSON"),
    (FAILURE, 1, "1 failed checks"),
    (
        r#"{"msg":"【handler】same master kicks each other"}"#,
        0,
        "Ordinary, no errors",
    ),
    (r#"{"msg":"【conn】max idle time exceeded"}"#, 0, "idle"),
    (
        r#"{"msg":"【conn】Failed to parse proxy proto"}"#,
        1,
        "proxy_protocol",
    ),
    (
        r#"{"level":"WARN","msg":"gateway auth failed","failure":"x","uid":"a"}"#,
        1,
        "gateway_auth",
    ),
    (
        r#"[GIN] 2026/04/23 - 12:55:00 | 401 | 1ms | 10.0.0.7 | POST "/user/token""#,
        1,
        "manager",
    ),
    (
        r#"[GIN] 2026/04/23 - 12:55:00 | 401 | 1ms | 10.0.0.7 | POST "/api/login""#,
        0,
        "1 are gin's",
    ),
    (
        r#"[GIN] 2026/04/23 - 12:55:00 | 401 | 1ms | 10.0.0.7 | POST "/user/token/refresh""#,
        0,
        "1 are gin's",
    ),
    (
        r#"[GIN] 2026/04/23 - 12:55:00 | 401 | 1ms | 10.0.0.7 | POST "/user/token?a=1""#,
        1,
        "manager",
    ),
    (
        "[GIN] 2026/04/23 - 12:55:00 |\u{1b}[97;43m 401 \u{1b}[0m| 1ms | 10.0.0.7 |\u{1b}[97;46m POST    \u{1b}[0m \"/user/token\"",
        1,
        "manager",
    ),
    (
        "GET /search?q=%22token%20verify%20fail%22&uid=alice",
        1,
        "1 lines have a refusal's words",
    ),
    (
        r##"{"msg":"#343#200#220handler#343#200#221connect","x":"JWT token verify fail"}"##,
        0,
        "another program's",
    ),
    (
        "app-1  | #343#200#220handler#343#200#221token verify fail",
        1,
        "1 lines have a refusal's words",
    ),
    (
        "app-1  | ERROR JWT token verify fail",
        0,
        "1 lines have similar words and are another",
    ),
    (
        "token verify failed: jwt expired",
        0,
        "1 lines have similar words and are another",
    ),
    (
        r#"{"app":"shop","text":"JWT token verify fail for order 5"}"#,
        0,
        "another program's",
    ),
    (
        r#"{"something":{"quoted":"token verify fail"}}"#,
        1,
        "1 lines have a refusal's words",
    ),
    (r#"{"msg":"token is empty"}"#, 1, "Possibly WuKongIM's line"),
    (
        r#"{"msg":"UID is empty","path":"/orders"}"#,
        1,
        "Possibly WuKongIM's line",
    ),
    (
        r#"{"msg":"【handler】get device token err","error":"not found","uid":"____manager","deviceFlag":"WEB"}"#,
        1,
        "No user's token is involved",
    ),
    ("<%% token verify fail %%>", 1, "1 failed checks"),
    (
        "2026/01/02 15:04:05 token verify fail",
        1,
        "Possibly WuKongIM's line",
    ),
];

#[test]
fn the_exit_code_says_whether_anything_is_wrong() {
    for (line, code, says) in CASES {
        let output = output(&[], line.as_bytes());
        let out = String::from_utf8(output.stdout).unwrap();
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(code), "{line}\n{out}");
        assert!(flat.contains(says), "{line}\n{out}");
        let json = super::run::output(&["--json"], line.as_bytes());
        assert_eq!(json.status.code(), Some(code), "{line}");
    }
}

#[test]
fn no_finding_comes_with_what_was_looked_for_and_where_to_look_next() {
    for (language, words) in [
        ("en", ["tokenAuthOn", "5200", "get device token err"]),
        ("zh", ["tokenAuthOn", "5200", "get device token err"]),
    ] {
        let log = "{\"a\":1}\n[GIN] x\n【handler】started\n";
        let out = output(&["--lang", language], log.as_bytes()).stdout;
        let out = String::from_utf8(out).unwrap();
        for word in words {
            assert!(out.contains(word), "{word}: {out}");
        }
        assert!(
            out.contains("1 begin as JSON and 1 are gin's") || out.contains("JSON 开头的 1 行"),
            "{out}"
        );
    }
}

#[test]
fn what_is_unread_in_json_is_told_on_stderr() {
    let output = output(
        &["--json"],
        br#"{"something":{"quoted":"token verify fail"}}"#,
    );
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("1 lines have a refusal's words") && errors.contains("-:1"),
        "{errors}"
    );
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    let all: [&[&str]; 6] = [
        &["--no-such-option"],
        &["--tz", "Atlantis/City"],
        &["--since", "some day"],
        &["--ask", "5001"],
        &["--uid", "alice"],
        &[
            "--ask",
            "http://127.0.0.1:1",
            "--login",
            "without-a-password",
        ],
    ];
    for arguments in all {
        assert_eq!(
            output(arguments, b"").status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn help_and_version_are_there() {
    let help = String::from_utf8(output(&["--help"], b"").stdout).unwrap();
    assert!(
        help.contains("Exit code: 0") && help.contains("退出码"),
        "{help}"
    );
    assert_eq!(wukongim_test_support::help::untranslated(&help), [""; 0]);
    assert!(output(&["--version"], b"").status.success());
}

/// It is the version of the library that it comes with, for bug reports.
#[test]
fn the_version_is_that_of_the_library() {
    let manifest = wukongim_test_support::page::read("Cargo.toml");
    let (_, workspace) = manifest
        .split_once("[workspace.package]\nversion = \"")
        .unwrap();
    let (version, _) = workspace.split_once('"').unwrap();
    let (_, library) = manifest.split_once("[package]\n").unwrap();
    assert!(library.starts_with("name = \"wukongim-auth\"\nversion.workspace = true\n"));
    let said = String::from_utf8(output(&["--version"], b"").stdout).unwrap();
    assert_eq!(said, format!("wukongim-doctor {version}\n"));
    assert_ne!(version, "0.0.0");
}
