//! The report on the sample that the first command of the docs reads.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use crate::run::{doctor, objects};

const SAMPLE: &str = include_str!("../../sample.log");
const GOLDEN: [(&str, &str); 2] = [
    ("en", include_str!("sample.en.txt")),
    ("zh", include_str!("sample.zh.txt")),
];

/// Write the report anew with `cargo run -p wukongim-doctor -- --lang en examples/doctor/sample.log`
/// when it is meant to change.
#[test]
fn the_sample_gives_the_table_that_is_kept() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample.log");
    for (language, golden) in GOLDEN {
        let arguments = ["--lang", language, file.to_str().unwrap()];
        assert_eq!(doctor(&arguments, b""), golden, "{language}");
        assert_eq!(
            doctor(&arguments[..2], SAMPLE.as_bytes()),
            golden,
            "{language}, stdin"
        );
    }
}

#[test]
fn the_table_is_a_hundred_columns_wide_at_most() {
    for (_, golden) in GOLDEN {
        for line in golden.lines() {
            assert!(line.width() <= 100 && line.trim_end() == line, "{line:?}");
        }
    }
}

#[test]
fn chinese_reports_are_chinese_throughout() {
    let english = [
        "failed checks",
        "first ",
        "Not the token",
        "Most often",
        "the token was",
    ];
    let (_, chinese) = GOLDEN[1];
    for words in english {
        assert!(
            !chinese.contains(words) && GOLDEN[0].1.contains(words),
            "{words}"
        );
    }
    for object in objects(&["--lang", "zh"], SAMPLE) {
        let is_chinese = |name: &str| {
            let text = object[name].as_str();
            text.is_none_or(|text| text.chars().any(|c| ('一'..='龥').contains(&c)))
        };
        assert!(is_chinese("fix") && is_chinese("reason"), "{object}");
    }
}

/// Files one after the other are one log; hours far apart do not need more buckets.
#[test]
fn failures_are_counted_over_time_in_a_bounded_number_of_buckets() {
    let line = |day: u32, hour: u32| {
        format!(
            "{{\"time\":\"2026-01-{day:02} {hour:02}:00:00\",\"msg\":\"【Processor】token is empty\"}}\n"
        )
    };
    let hours: String = [1, 1, 2, 4].iter().map(|hour| line(1, *hour)).collect();
    let out = doctor(&[], hours.as_bytes());
    assert!(out.contains("when |█▄ ▄| 1 h each"), "{out}");
    let month: String = (1..=31)
        .rev()
        .flat_map(|day| (0..24).map(move |h| line(day, h)))
        .collect();
    let out = doctor(&[], month.as_bytes());
    let bars = out.lines().find(|line| line.contains("when")).unwrap();
    assert!(
        bars.ends_with("| 16 h each") && bars.chars().filter(|c| *c == '█').count() <= 48,
        "{bars}"
    );
    assert!(
        out.contains("       744  2026-01-01 00:00:00   2026-01-31 23:00:00"),
        "{out}"
    );
}
