//! A tag whose brackets an encoding, a logger or a terminal has damaged.

use super::{NOT_FOUND, V1, bare, demand};

#[test]
fn a_damaged_tag_is_a_tag() {
    let brackets = [
        ("#343#200#220", "#343#200#221"),
        (r"\343\200\220", r"\343\200\221"),
        (r"\xe3\x80\x90", r"\xe3\x80\x91"),
        ("M-cM-^@M-^P", "M-cM-^@M-^Q"),
        ("ã€\u{90}", "ã€\u{91}"),
        ("\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}"),
        ("?", "?"),
    ];
    // As where a log is cut within the first bracket.
    let halves = [("\u{fffd}\u{fffd}\u{fffd}", "】"), ("…", "】")];
    for line in [&*bare(), V1, NOT_FOUND] {
        for (open, close) in brackets.into_iter().chain(halves) {
            let json = |text: &str| text.replace('\\', "\\\\");
            let damaged = line.replace('【', &json(open)).replace('】', &json(close));
            demand(open, line, damaged.as_bytes());
        }
    }
}
