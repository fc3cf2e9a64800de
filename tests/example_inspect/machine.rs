//! `--json`: lines in, lines out.

use std::io::{Read, Write};

use serde_json::Value;
use wukongim_test_support::golden;
use wukongim_test_support::golden::decode::DecodeRow;
use wukongim_test_support::golden::deviations::{Deviation, expected};
use wukongim_test_support::golden::outcome::Outcome;

use crate::{run, start};

/// The longest line that is read.
const MAX_LINE: usize = 8 << 20;

/// The lines of a run that has to go well.
fn lines(args: &[&str], input: impl Into<Vec<u8>>) -> Vec<Value> {
    let args = [&["--json"], args].concat();
    let output = run(&args, input);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    golden::rows(std::str::from_utf8(&output.stdout).unwrap())
}

#[test]
fn every_golden_row_comes_out_as_upstream_sees_it_but_for_the_named_deviations() {
    let rows = DecodeRow::all();
    let (mut input, mut expected_lines) = (String::new(), Vec::new());
    for row in &rows {
        let bytes = row.bytes();
        let hex: String = row.parts().map(|(hex, n)| hex.repeat(n)).collect();
        let hex = if hex.is_empty() { "-" } else { &hex };
        input.push_str(&format!("{} {hex}\n", row.version));
        expected_lines.push((expected(row, &bytes), Deviation::of(row, &bytes)));
    }
    let decoded = lines(&[], input);
    assert_eq!(decoded.len(), rows.len());
    for ((row, mut line), (expected, deviation)) in rows.iter().zip(decoded).zip(expected_lines) {
        let error = line.as_object_mut().unwrap().remove("error");
        assert_eq!(error.is_some(), expected.kind == "error", "{}", row.id);
        assert!(error.is_none_or(|error| !error.as_str().unwrap().is_empty()));
        let outcome: Outcome = serde_json::from_value(line).unwrap();
        assert_eq!(outcome, expected, "{} {deviation:?}", row.id);
    }
}

#[test]
fn a_bad_line_is_an_error_and_the_next_line_is_read() {
    struct Case {
        line: &'static [u8],
        error: &'static str,
    }
    let not_version_hex = "the line is not VERSION HEX";
    let not_u8 = "VERSION is not a number from 0 to 255";
    let cases = [
        Case {
            line: b"",
            error: not_version_hex,
        },
        Case {
            line: b"   ",
            error: not_version_hex,
        },
        Case {
            line: b"4",
            error: not_version_hex,
        },
        Case {
            line: b"70",
            error: not_version_hex,
        },
        Case {
            line: b"4 70 70",
            error: not_version_hex,
        },
        Case {
            line: b"# a comment",
            error: not_version_hex,
        },
        Case {
            line: b"x 70",
            error: not_u8,
        },
        Case {
            line: b"-1 70",
            error: not_u8,
        },
        Case {
            line: b"256 70",
            error: not_u8,
        },
        Case {
            line: b"4 7",
            error: "HEX is not hex: Odd number of digits",
        },
        Case {
            line: b"4 7g",
            error: "HEX is not hex: Invalid character 'g' at position 1",
        },
        Case {
            line: b"4 --",
            error: "HEX is not hex: Invalid character '-' at position 0",
        },
        Case {
            line: b"4 \xff\xfe",
            error: "the line is not UTF-8",
        },
        Case {
            line: b"\x00",
            error: not_version_hex,
        },
        Case {
            line: b"4 00",
            error: "frame type 0 does not exist",
        },
        Case {
            line: b"4 1000",
            error: "the frame body ends before the end of its version",
        },
    ];
    let mut input = Vec::new();
    for case in &cases {
        input.extend_from_slice(case.line);
        input.extend_from_slice(b"\n4 70\n");
    }
    let decoded = lines(&[], input);
    assert_eq!(decoded.len(), 2 * cases.len());
    for (case, pair) in cases.iter().zip(decoded.chunks(2)) {
        let line = String::from_utf8_lossy(case.line);
        let error = serde_json::json!({"kind": "error", "consumed": 0, "error": case.error});
        assert_eq!(pair[0], error, "{line}");
        let ping =
            serde_json::json!({"kind": "frame", "consumed": 1, "frame_type": 7, "flags": {}});
        assert_eq!(pair[1], ping, "after {line}");
    }
}

#[test]
fn lines_are_taken_in_all_the_ways_people_write_them() {
    struct Case {
        input: &'static str,
        kinds: &'static [&'static str],
    }
    let cases = [
        Case {
            input: "",
            kinds: &[],
        },
        Case {
            input: "4 80",
            kinds: &["frame"],
        },
        Case {
            input: "4 80\r\n4 80\r\n",
            kinds: &["frame", "frame"],
        },
        Case {
            input: "\t4\t80  \n",
            kinds: &["frame"],
        },
        Case {
            input: "4 9003 0c0000\n4 90030C0000\n",
            kinds: &["error", "frame"],
        },
        Case {
            input: "4 -\n255 -\n",
            kinds: &["need_more", "need_more"],
        },
        Case {
            input: "\n\n",
            kinds: &["error", "error"],
        },
    ];
    for case in cases {
        let decoded = lines(&[], case.input);
        let kinds: Vec<_> = decoded
            .iter()
            .map(|line| line["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, case.kinds, "{:?}", case.input);
    }
}

#[test]
fn the_members_come_in_the_order_of_the_rows() {
    let output = run(
        &["--json"],
        "4 10160400000164000175000174000000000000000000016b70\n",
    );
    let line = concat!(
        r#"{"kind":"frame","consumed":24,"frame_type":1,"flags":{},"connect":{"version":4,"#,
        r#""device_flag":0,"device_id_hex":"64","uid_hex":"75","token_hex":"74","#,
        r#""client_timestamp":0,"client_key_hex":"6b"}}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), line);
}

#[test]
fn an_overlong_line_is_skipped_and_the_next_one_is_read() {
    // Pieces as long as may be, and one byte longer.
    let longest = format!("4 {}", "70".repeat(MAX_LINE / 2 - 1));
    assert_eq!(longest.len(), MAX_LINE);
    for end in ["\n", ""] {
        let decoded = lines(&[], format!("{longest}\n{longest}0{end}"));
        assert_eq!(decoded.len(), 2);
        assert_eq!(decoded[0]["kind"], "frame");
        assert_eq!(
            decoded[1]["error"],
            format!("the line is longer than {MAX_LINE} bytes")
        );
    }
    let decoded = lines(&[], format!("{longest}{longest}\n4 80\n"));
    let kinds: Vec<_> = decoded.iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["error", "frame"]);
}

#[test]
fn the_maximum_is_the_callers() {
    struct Case {
        args: &'static [&'static str],
        line: &'static str,
        kind: &'static str,
    }
    let cases = [
        Case {
            args: &["--max-frame", "3"],
            line: "4 90030c0000",
            kind: "frame",
        },
        Case {
            args: &["--max-frame", "2"],
            line: "4 90030c0000",
            kind: "error",
        },
        Case {
            args: &["--max-frame", "0"],
            line: "4 3000",
            kind: "frame",
        },
        Case {
            args: &["--max-frame", "1048576"],
            line: "4 30808040",
            kind: "need_more",
        },
        Case {
            args: &[],
            line: "4 30808040",
            kind: "need_more",
        },
        Case {
            args: &[],
            line: "4 30818040",
            kind: "error",
        },
    ];
    for case in cases {
        let decoded = lines(case.args, case.line);
        assert_eq!(
            decoded[0]["kind"], case.kind,
            "{:?} {}",
            case.args, case.line
        );
    }
}

#[test]
fn it_ends_quietly_when_nobody_reads_any_more() {
    let mut child = start(&["--json"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"4 70\n").unwrap();
    let mut first = [0; 8];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    assert_eq!(&first, br#"{"kind":"#);
    drop(child.stdout.take());
    // More than any pipe holds: writing ends because the reader has ended, not because we have.
    let refused = (0..1 << 20).find_map(|_| stdin.write_all(b"4 70\n").err());
    assert_eq!(refused.unwrap().kind(), std::io::ErrorKind::BrokenPipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
