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

const ALICES: &str = "2026-04-23T09:30:00";

/// A time and a bound of which only one names a zone: the other may be any of a day's.
#[test]
fn a_time_without_a_zone_is_not_taken_for_one_of_greenwich() {
    let (zoned, naive) = (line(&format!("{ALICES}+08:00")), line(ALICES));
    let cases: [(&[&str], &str); 6] = [
        (&["--since", "2026-04-23 09:00"], &zoned),
        (&["--since", "2026-04-23 01:00"], &zoned),
        (&["--until", "2026-04-23 02:00"], &zoned),
        (
            &["--since", "2026-04-20", "--until", "2026-04-23 10:00"],
            &zoned,
        ),
        (&["--since", "2026-04-23T09:00:00+08:00"], &naive),
        (&["--until", "2026-04-23T09:00:00Z"], &naive),
    ];
    for (arguments, log) in cases {
        for (language, says) in [
            (
                "en",
                "1 failures cannot be placed between --since and --until",
            ),
            ("zh", "1 次失败无法判断是否属于"),
        ] {
            let arguments = [arguments, &["--lang", language]].concat();
            let log = format!("started\n{log}");
            let (out, code) = report(&arguments, &log);
            assert_eq!(code, Some(1), "{arguments:?}: {out}");
            assert!(
                out.contains(says) && out.contains("-:2"),
                "{arguments:?}: {out}"
            );
        }
        let json = output(&[arguments, &["--json"]].concat(), log.as_bytes());
        let errors = String::from_utf8(json.stderr).unwrap();
        assert_eq!((json.status.code(), &*json.stdout), (Some(1), &b""[..]));
        assert!(errors.contains("--tz"), "{errors}");
        // With what the operator is asked for, it has its place.
        let (out, code) = report(&[arguments, &["--tz", "+08:00"]].concat(), log);
        assert!(!out.contains("cannot"), "{arguments:?}: {out}");
        assert_eq!(code == Some(1), out.starts_with("1 failed"), "{out}");
    }
}

/// Now, on a clock of which nobody knows where it hangs.
#[test]
fn the_last_hours_of_a_log_without_a_zone_are_not_known() {
    let now = wukongim_auth::Timestamp::now().to_string();
    let naive = line(now.trim_end_matches('Z'));
    let (out, code) = report(&["--since", "2h"], &naive);
    assert!(out.contains("1 failures cannot be placed"), "{out}");
    assert_eq!(code, Some(1));
}

/// Where both name none, and where more than a day is between them.
#[test]
fn times_without_a_zone_are_placed_where_none_is_needed() {
    let (zoned, naive) = (line(&format!("{ALICES}+08:00")), line(ALICES));
    let cases: [(&[&str], &str, bool); 8] = [
        (&["--since", "2026-04-23 09:00"], &naive, true),
        (&["--since", "2026-04-23 10:00"], &naive, false),
        (&["--until", "2026-04-23 09:30"], &naive, false),
        (&["--since", "2026-04-22 00:00"], &zoned, true),
        (&["--since", "2026-04-25"], &zoned, false),
        (&["--until", "2026-04-25"], &zoned, true),
        (
            &["--until", "2026-04-21", "--since", "2026-04-20"],
            &zoned,
            false,
        ),
        (&["--since", "2h"], &naive, false),
    ];
    for (arguments, log, is_within) in cases {
        let (out, code) = report(arguments, log);
        assert_eq!(code, Some(i32::from(is_within)), "{arguments:?}: {out}");
        assert_eq!(
            out.starts_with("1 failed"),
            is_within,
            "{arguments:?}: {out}"
        );
    }
}

/// Of a period without a time, every log would be clear.
#[test]
fn a_period_that_no_time_is_of_is_wrong_usage() {
    let all: [&[&str]; 6] = [
        &["--since=-2h"],
        &["--since=+2h"],
        &["--until=-1d"],
        &["--since", "2026-04-23", "--until", "2026-04-22"],
        &["--since", "2026-04-23", "--until", "2026-04-23"],
        &["--since", "1h", "--until", "2026-04-22"],
    ];
    for arguments in all {
        for language in ["en", "zh"] {
            let arguments = [arguments, &["--lang", language]].concat();
            let (out, code) = report(&arguments, UNTIMED);
            assert_eq!((code, &*out), (Some(2), ""), "{arguments:?}");
        }
    }
}
