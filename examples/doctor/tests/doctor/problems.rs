//! What is wrong with options, files and servers is told in the language chosen.

use std::fs;
use std::path::PathBuf;

use wukongim_test_support::stand_in::{Reply, Request, StandIn};

use super::ask::{NANOS, device, page};
use crate::run::output;

const GOLDEN: [(&str, &str); 2] = [
    ("en", include_str!("problems.en.txt")),
    ("zh", include_str!("problems.zh.txt")),
];

/// `HOST` stands for a server that answers as the uid says, `FOLDER` for a folder of files.
const CASES: [&[&str]; 19] = [
    &["--tz", "Atlantis/City"],
    &["--since", "some day"],
    &["--until", "x"],
    &["--ask", "5001"],
    &["--ask", "HOST", "--login", "without-a-password"],
    &["--ask", "HOST", "--login", "admin:wrong"],
    &["--store", "FOLDER/none.jsonl"],
    &["--store", "FOLDER/dump.jsonl"],
    &["FOLDER/none.log"],
    &["FOLDER"],
    &["FOLDER/log.zip"],
    &["FOLDER/utf-32.log"],
    &["FOLDER/cut.gz"],
    &["--ask", "http://127.0.0.1:1", "--uid", "alice"],
    &["--ask", "HOST", "--uid", "500"],
    &["--ask", "HOST", "--uid", "401"],
    &["--ask", "HOST", "--uid", "404"],
    &["--ask", "HOST", "--uid", "garbage"],
    &["--ask", "HOST", "--uid", "pages"],
];

fn answer(request: &Request) -> Reply {
    let status = |status| Reply::Json(status, "{}".to_owned());
    match request.query("uid") {
        Some("500") => status(500),
        Some("401") => status(401),
        Some("garbage") => Reply::Json(200, "<html>".to_owned()),
        Some("pages") => {
            let offset = request.query("offset_created_at");
            let offset = offset.map_or(NANOS, |offset| offset.parse().unwrap());
            page(&[device("pages", 0, "x", offset - 1)], 1)
        }
        _ if request.line.starts_with("POST /manager/login") => status(401),
        _ => status(404),
    }
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("problems");
    fs::create_dir_all(&folder).unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("dump.jsonl", b"\n{\"uid\":1}\n"),
        ("log.zip", b"PK\x03\x04 and more"),
        ("utf-32.log", b"\xff\xfe\0\0a\0\0\0"),
        ("cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

/// Write the texts anew with `UPDATE_GOLDEN=1` when they are meant to change.
#[test]
fn problems_are_told_in_the_language_chosen() {
    let (server, folder) = (StandIn::start(answer), folder());
    let folder = folder.to_str().unwrap();
    for (language, golden) in GOLDEN {
        let mut told = String::new();
        for case in CASES {
            let filled = case.iter().map(|argument| {
                let argument = argument.replace("HOST", &server.address);
                argument.replace("FOLDER", folder)
            });
            let filled: Vec<_> = filled.collect();
            let mut arguments: Vec<_> = filled.iter().map(String::as_str).collect();
            arguments.extend(["--lang", language]);
            let errors = String::from_utf8(output(&arguments, b"").stderr).unwrap();
            let errors = errors.replace(&server.address, "HOST");
            let errors = errors.replace(folder, "FOLDER");
            told += &format!("$ wukongim-doctor {}\n{errors}", case.join(" "));
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let name = format!("tests/doctor/problems.{language}.txt");
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
            fs::write(path, told).unwrap();
        } else {
            assert_eq!(told, golden, "{language}");
        }
    }
}

/// clap speaks English only.
#[test]
fn wrong_options_are_told_in_chinese_if_that_was_chosen() {
    let cases: [(&[&str], &str); 7] = [
        (&["--no-such-option"], "没有选项 --no-such-option"),
        (&["--uid", "alice"], "缺少 --ask"),
        (&["--ask-limit"], "缺少值"),
        (
            &["--ask", "http://a", "--ask-limit", "many"],
            "的值 many 无效",
        ),
        (
            &["--ask", "a", "--uid", "a", "--device-flag", "300"],
            "--device-flag <0-255> 的值 300 无效",
        ),
        (&["--tz", "UTC", "--tz", "UTC"], "--tz <ZONE> 不能重复"),
        (
            &["--ask", "a", "--uid", "a", "--token", "a", "--token-stdin"],
            "不能与 --token-stdin 同时使用",
        ),
    ];
    for (arguments, says) in cases {
        for chinese in [&["--lang", "zh"][..], &["--lang=zh"]] {
            let out = output(&[chinese, arguments].concat(), b"");
            let errors = String::from_utf8(out.stderr).unwrap();
            assert!(
                errors.starts_with("doctor: ") && errors.contains(says),
                "{arguments:?}: {errors}"
            );
            assert!(errors.ends_with("；用法见 --help\n"), "{errors}");
            assert_eq!(out.status.code(), Some(2), "{errors}");
        }
        let out = output(arguments, b"");
        let errors = String::from_utf8(out.stderr).unwrap();
        assert!(errors.starts_with("error: "), "{errors}");
        assert_eq!(out.status.code(), Some(2), "{errors}");
    }
    let help = output(&["--lang", "zh", "--help"], b"");
    assert!(help.status.success() && help.stderr.is_empty());
}
