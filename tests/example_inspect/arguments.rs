//! The command line.

use std::fs;

use crate::run;

#[test]
fn wrong_arguments_are_rejected_with_the_usage() {
    struct Case {
        args: &'static [&'static str],
        problem: &'static str,
    }
    let cases = [
        Case {
            args: &["--max-frame"],
            problem: "--max-frame needs a number",
        },
        Case {
            args: &["--max-frame", "1048577"],
            problem: "--max-frame 1048577 is more than 1048576",
        },
        Case {
            args: &["--max-frame", "-1"],
            problem: "--max-frame \"-1\" is not a number of bytes",
        },
        Case {
            args: &["--raw"],
            problem: "unknown argument \"--raw\"",
        },
        Case {
            args: &["-", "capture.bin"],
            problem: "a second file: \"capture.bin\"",
        },
        Case {
            args: &["--json", "capture.bin"],
            problem: "--json reads standard input, not a file",
        },
        Case {
            args: &["--reveal", "--json"],
            problem: "--json prints all strings; --reveal is not for it",
        },
    ];
    for case in cases {
        let output = run(case.args, "70\n");
        assert_eq!(output.status.code(), Some(2), "{:?}", case.args);
        assert_eq!(output.stdout, b"", "{:?}", case.args);
        let printed = String::from_utf8(output.stderr).unwrap();
        let (problem, usage) = printed.split_once('\n').unwrap();
        assert_eq!(problem, case.problem, "{:?}", case.args);
        assert!(usage.starts_with("usage: inspect "), "{usage}");
    }
}

#[test]
fn help_names_every_option_and_exit_code() {
    for args in [&["--help"][..], &["-h"], &["--json", "--help"]] {
        let output = run(args, "");
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        for word in [
            "--reveal",
            "--max-frame",
            "--json",
            "base64",
            "Exit codes: 0 ",
        ] {
            assert!(help.contains(word), "{word} in {help}");
        }
    }
}

#[test]
fn a_capture_can_be_a_file() {
    let directory = std::env::temp_dir().join(format!("inspect-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("capture.bin");
    fs::write(&file, b"\x80").unwrap();
    let output = run(&[file.to_str().unwrap()], "");
    fs::remove_dir_all(&directory).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        output
            .stdout
            .starts_with(b"read as raw bytes: 1 byte\nPONG, 1 byte\n")
    );

    let output = run(&[file.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(2), "it is gone");
    assert_eq!(output.stdout, b"");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("capture.bin: ")
    );
}

#[test]
fn an_endless_capture_is_rejected() {
    let output = run(&[], vec![b'7'; (16 << 20) + 1]);
    assert_eq!(output.status.code(), Some(2));
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(
        problem.starts_with("standard input: longer than 16777216 bytes"),
        "{problem}"
    );
}
