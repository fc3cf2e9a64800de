//! Several lines in one.

use serde_json::{Value, json};

use super::{NOT_FOUND, bare};
use crate::run::objects;

/// Lines that a shipper put into one message, or that lost what stood between them.
#[test]
fn several_lines_in_one_are_lines_each() {
    let (bare, console) = (
        bare(),
        "ERR msg=【handler】token is empty uid=bob sourceNodeId=1001",
    );
    let pretty: Value = serde_json::from_str(&bare).unwrap();
    let cases = [
        (format!("{bare}\n{NOT_FOUND}"), 2),
        (format!("{bare}\nstarted\n{console}"), 2),
        (format!("{console}\n{console}\n  at main.go:7"), 2),
        (format!("{pretty:#}"), 1),
        (format!("ERROR\n{pretty:#}\nstopped"), 1),
        (format!("{bare}{NOT_FOUND}"), 2),
    ];
    for (message, count) in cases {
        let line = json!({"@timestamp": "2026-04-23T01:00:01.25Z", "message": message}).to_string();
        let found = objects(&[], &line);
        assert_eq!(found.len(), count, "{line}");
        assert!(found.iter().all(|one| one["uid"].is_string()), "{found:?}");
    }
    let found = objects(&[], &format!("{bare}{NOT_FOUND} {bare}"));
    assert_eq!(found.len(), 2, "what is said twice is one");
}

#[test]
fn lines_of_arrays_are_lines_each() {
    let bare = bare();
    let log =
        json!({"streams": [{"values": [["1", bare], ["2", bare]]}, {"values": [["3", bare]]}]});
    assert_eq!(objects(&[], &log.to_string()).len(), 3);
}
