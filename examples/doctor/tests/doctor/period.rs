//! `--since` and `--until`: a part of a log, and what cannot be placed in it.

use crate::run::{doctor, output};

const UNTIMED: &str = r#"{"msg":"【handler】token is empty","uid":"bob","sourceNodeId":1}"#;

fn line(time: &str) -> String {
    format!(
        r#"{{"time":"{time}","msg":"【handler】token is empty","uid":"alice","sourceNodeId":1}}"#
    )
}

/// The report, and the exit code.
fn report(arguments: &[&str], log: &str) -> (String, Option<i32>) {
    let output = output(arguments, log.as_bytes());
    let out = String::from_utf8(output.stdout).unwrap();
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    (flat, output.status.code())
}

#[test]
fn since_and_until_cut_out_a_part() {
    let times = [
        "2024-04-11T08:00:00Z",
        "2024-04-11T09:00:00Z",
        "2024-04-11T10:00:00Z",
    ];
    let log = times.map(line).join("\n") + "\n" + UNTIMED;
    let cut = [
        "--since",
        "2024-04-11 09:00",
        "--until",
        "2024-04-11 10:00",
        "--tz",
        "UTC",
    ];
    let (out, _) = report(&cut, &log);
    assert!(
        out.starts_with("1 failed checks, 4 lines 1 failures have no time"),
        "{out}"
    );
    assert!(doctor(&["--since", "1h"], log.as_bytes()).starts_with("0 failed"));
}

/// Whether it is of the period, nobody knows: that is said, and it is no all-clear.
#[test]
fn a_failure_without_a_time_is_no_all_clear() {
    let untimed = [
        UNTIMED,
        r#"{"msg":"【conn】Failed to parse proxy proto"}"#,
        "2026-13-45 99:99:99 【Processor】token verify fail",
    ];
    for line in untimed {
        let log = format!("started\n{line}\n");
        for (language, says, nothing) in [
            ("en", "1 failures have no time", "known to be of the period"),
            ("zh", "1 次失败没有时间", "可以确定属于该时间段"),
        ] {
            let (out, code) = report(&["--since", "1h", "--lang", language], &log);
            assert_eq!(code, Some(1), "{line}: {out}");
            assert!(out.contains(says) && out.contains("-:2"), "{line}: {out}");
            assert!(out.contains(nothing), "{line}: {out}");
        }
        let json = output(&["--json", "--until", "2026-04-23"], log.as_bytes());
        assert_eq!((json.status.code(), &*json.stdout), (Some(1), &b""[..]));
        let errors = String::from_utf8(json.stderr).unwrap();
        assert!(errors.contains("1 failures have no time"), "{errors}");
    }
}

/// It may be of any time as well.
#[test]
fn what_cannot_be_read_is_said_whatever_the_period_is() {
    let unread = r#"{"something":{"quoted":"token verify fail"}}"#;
    let (out, code) = report(&["--since", "1h"], unread);
    assert!(out.contains("1 lines have a refusal's words"), "{out}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_is_of_another_time_or_ordinary_is_left_out() {
    let kicked = r#"{"msg":"【handler】same master kicks each other"}"#;
    for line in [&*line("2024-04-11T08:00:00Z"), kicked, "started"] {
        let (out, code) = report(&["--since", "1h"], line);
        assert_eq!(code, Some(0), "{out}");
        assert!(!out.contains("no time"), "{out}");
    }
}
