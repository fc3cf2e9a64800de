//! Logs that are not as logs should be: huge lines, garbage, nothing; and more users than counters.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::run::{doctor, objects, output};

const EMPTY: &str = r#"{"msg":"【Processor】token is empty"}"#;

#[test]
fn a_huge_line_is_skipped_and_its_neighbours_are_read() {
    let huge = "x".repeat(3_000_000);
    let log = format!("{EMPTY}\n{huge}\n{EMPTY}\n{huge}token verify fail\r\n{EMPTY}\r\n{huge}");
    let out = doctor(&[], log.as_bytes());
    assert!(
        out.starts_with("3 failed checks, 6 lines\n1 lines have"),
        "{out}"
    );
    assert!(out.contains("(the first: -:4)"), "{out}");
}

#[test]
fn a_huge_token_is_read_up_to_the_limit_of_a_line() {
    let line = |len| {
        let token = "x".repeat(len);
        format!(
            r#"{{"msg":"【handler】token verify fail","expectToken":"a","actToken":"{token}"}}"#
        )
    };
    let whole = objects(&[], &line(60_000));
    assert!(
        whole[0]["actToken"]
            .as_str()
            .unwrap()
            .starts_with("len=60000 ")
    );
    let cut = objects(&[], &line(70_000));
    assert_eq!(
        cut[0].get("actToken"),
        None,
        "a token without an end is none"
    );
}

/// Of a text in JSON that is longer than what is looked at of a line: what is not read is counted.
#[test]
fn what_stands_behind_the_beginning_of_a_huge_line_is_counted() {
    let one = |n| {
        json!({"time": "2026-04-23T09:00:00+08:00", "msg": "【handler】token verify fail",
            "uid": format!("u{n}"), "sourceNodeId": 1, "expectToken": "", "actToken": format!("t{n}")})
    };
    let all: Vec<_> = (0..1_000).map(|n| one(n).to_string()).collect();
    let all = all.join("\n");
    let number = |text: &str| text.split(' ').next().unwrap().parse::<u64>().unwrap();
    // Wherever the last of them is cut.
    for pad in (0..200).step_by(9) {
        let log = json!({"a": "x".repeat(pad), "logs": all}).to_string() + "\nstarted\n";
        let out = output(&[], log.as_bytes());
        let text = String::from_utf8(out.stdout).unwrap();
        let mut lines = text.lines();
        let (failed, unread) = (lines.next().unwrap(), lines.next().unwrap());
        assert!(failed.ends_with("failed checks, 2 lines"), "{text}");
        assert!(unread.contains("lines have a refusal's words"), "{text}");
        assert!(number(failed) > 200, "{pad}: {text}");
        assert_eq!(number(failed) + number(unread), 1_000, "{pad}: {text}");
    }
}

#[test]
fn garbage_is_no_failure_and_does_no_harm() {
    let mut log: Vec<u8> = (0..=255_u8).cycle().take(200_000).collect();
    log.extend_from_slice(b"\n\xff\xfe token verify fail \xff\n");
    log.extend_from_slice(EMPTY.as_bytes());
    log.extend_from_slice(b"\n{{{{{{{{\"actToken\":\n\"token verify fail\n\0\0\0");
    let out = output(&["--json"], &log);
    let objects = String::from_utf8(out.stdout).unwrap();
    assert_eq!(objects.matches("empty_token").count(), 1, "{objects}");
    let nested = "{\"actToken\":".repeat(5_000);
    assert_eq!(doctor(&["--json"], nested.as_bytes()), "");
}

/// As a whole, or one by one if they are too many for that; none is left out, and none is read twice.
#[test]
fn each_object_of_an_array_over_many_lines_is_read_once() {
    for count in [1, 14, 15, 50, 200, 300, 450, 2_000] {
        let objects: Vec<_> = (0..count)
            .map(|user| {
                json!({"level": "error", "uid": format!("user-{user}"), "deviceFlag": 1,
                "msg": "【handler】token verify fail", "expectToken": "a", "actToken": "b"})
            })
            .collect();
        let log = serde_json::to_string_pretty(&objects).unwrap();
        let found = crate::run::objects(&[], &log);
        let mut users: Vec<_> = found.iter().map(|one| one["uid"].to_string()).collect();
        users.sort_unstable();
        users.dedup();
        assert_eq!((found.len(), users.len()), (count, count));
    }
}

/// In GB18030 it takes the letter behind it for its second half.
#[test]
fn a_stray_byte_before_a_word_hides_nothing() {
    for stray in [&b"\x80\x91"[..], b"ol\xe9", b"\xff", b"\xb9\xa4\xe9"] {
        let line = br#"token verify fail","uid":"alice"}"#;
        let out = output(&[], &[stray, line].concat());
        assert_eq!(out.status.code(), Some(1), "{stray:x?}: {out:?}");
    }
}

/// An export on one line of any length is read object by object.
#[test]
fn a_huge_array_on_one_line_is_read() {
    let one = r#"{"_source":{"msg":"【handler】token is empty","uid":"alice","filler":"FILLER"}}"#;
    let one = one.replace("FILLER", &"x".repeat(2_000));
    let all = vec![one; 500].join(",");
    let out = doctor(&[], format!("[{all}]").as_bytes());
    assert!(
        out.starts_with("500 failed checks"),
        "{}",
        out.lines().next().unwrap()
    );
}

#[test]
fn an_empty_log_is_no_error() {
    let out = doctor(&[], b"");
    assert!(
        out.starts_with("0 failed checks, 0 lines\nNo failed check found in what was read."),
        "{out}"
    );
    assert_eq!(doctor(&["--json"], b""), "");
    assert!(doctor(&["--lang", "zh"], b"\n").contains("没有发现校验失败"));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let output = output(&["/no/such/file.log"], b"");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file.log"));
}

#[test]
fn counts_are_exact_until_there_are_more_users_than_counters() {
    let line = |uid: &str| format!("{{\"msg\":\"【handler】token is empty\",\"uid\":\"{uid}\"}}\n");
    let mut log: String = (0..999).map(|n| line(&format!("u{n}"))).collect();
    log += &line("often").repeat(500);
    let exact = doctor(&[], log.as_bytes());
    assert!(
        exact.contains("       500  \"often\"\n") && !exact.contains('~'),
        "{exact}"
    );

    log.extend((0..100).map(|n| line(&format!("v{n}"))));
    let approximate = doctor(&[], log.as_bytes());
    assert!(
        approximate.contains("      ~499  \"often\"\n"),
        "{approximate}"
    );
    assert!(
        approximate.contains("higher by as much as 1\n"),
        "{approximate}"
    );
}

fn file(name: &str, bytes: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-bounds-{name}"));
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_that_is_not_there_does_not_cost_the_report_of_another() {
    let log = file("first.log", EMPTY.as_bytes());
    for arguments in [
        [log.as_str(), "/no/such/file.log"],
        ["/no/such/file.log", &log],
    ] {
        let output = output(&arguments, b"");
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(out.starts_with("1 failed checks, 1 lines\n"), "{out}");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/file.log"));
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let cases = [
        ("gzip", b"\x1f\x8b\x08\0".to_vec(), ""),
        ("zip", b"PK\x03\x04......".to_vec(), "unzip -p"),
        ("UTF-32", b"\xff\xfe\0\0{\0\0\0".to_vec(), "iconv -f UTF-32"),
        (
            "UTF-32BE",
            b"\0\0\xfe\xff\0\0\0{".to_vec(),
            "iconv -f UTF-32",
        ),
    ];
    for (name, log, why) in cases {
        let path = file(name, &log);
        for (arguments, stdin) in [(&[path.as_str()][..], &b""[..]), (&[], &log)] {
            let output = output(arguments, stdin);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{name}");
            assert!(
                errors.contains(why) && !errors.is_empty(),
                "{name}: {errors}"
            );
            assert!(output.stdout.is_empty(), "{name}");
        }
    }
}

/// Rotated by truncation under a server that keeps its offset, a log begins with a hole.
#[test]
fn a_hole_before_a_log_is_no_encoding() {
    let mut log = vec![0; 100_000];
    log.extend(format!("\n{EMPTY}\n").into_bytes());
    assert!(doctor(&[], &log).starts_with("1 failed checks"));
}

#[test]
fn a_files_name_is_escaped() {
    let errors = output(&["/no/such/\u{1b}[31m\n"], b"").stderr;
    let errors = String::from_utf8(errors).unwrap();
    assert!(errors.contains(r"/no/such/\u{1b}[31m\n: "), "{errors}");
}
