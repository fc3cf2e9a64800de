//! Every format gives its cause or candidates.

use super::cases::{CASES, Case};
use crate::run::{finding, object, objects};

#[test]
fn every_format_gives_its_cause_or_candidates() {
    for Case {
        name,
        line,
        finding: expected,
    } in CASES
    {
        assert_eq!(finding(&object(&[], line)), *expected, "{name}");
    }
    let log: Vec<_> = CASES.iter().map(|case| case.line).collect();
    let all = objects(&[], &log.join("\r\n"));
    let together: Vec<_> = all.iter().map(finding).collect();
    let expected: Vec<_> = CASES.iter().map(|case| case.finding).collect();
    assert_eq!(together, expected, "one line says nothing of the next");
}
