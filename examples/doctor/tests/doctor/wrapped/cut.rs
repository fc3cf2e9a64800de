//! A console line ends with the client's token, without quotes: where the token ends, the line may
//! have been cut.

use serde_json::json;
use wukongim_test_support::stand_in::StandIn;

use crate::ask::{NANOS, device, page};
use crate::run::{finding, object};
use crate::store::dump::file;

const EXPECTED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1aWQiOiJhbGljZSIsImlhdCI6MTcwMDAwMDAwMH0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
const OTHERS: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1aWQiOiJhbGljZSIsImlhdCI6MTgwMDAwMDAwMH0.YW5vdGhlcnMtYW5vdGhlcnM";

fn console(expected: &str, actual: &str) -> String {
    format!(
        "2025-01-06T11:20:08.1+08:00 ERR msg=【processUser】token verify fail uid=alice expectToken={expected} actToken={actual}"
    )
}

#[test]
fn a_beginning_at_the_end_of_the_line_is_no_proof() {
    let open = "? altered mismatch issued_for_other_flag manager_token";
    let cut = console(EXPECTED, &EXPECTED[..64]);
    let found = object(&[], &cut);
    assert_eq!(finding(&found), open);
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("may have been cut"), "{reason}");
    let fix = found["fix"].as_str().unwrap();
    assert!(fix.contains("truncated"), "{fix}");
    // Nor is it with what decides elsewhere.
    let dump = file(
        "cut.jsonl",
        &json!({"uid": "alice", "device_flag": 1, "v": 1, "token": EXPECTED}).to_string(),
    );
    let server = StandIn::start(|_| page(&[device("alice", 1, EXPECTED, NANOS)], 0));
    for arguments in [
        ["--store", dump.to_str().unwrap()],
        ["--ask", &*server.address],
        ["--manager-token", &format!("{}x", &EXPECTED[..70])],
    ] {
        assert_eq!(finding(&object(&arguments, &cut)), open, "{arguments:?}");
    }
    let nobody = cut.replace(" uid=alice", "");
    let arguments = ["--store", dump.to_str().unwrap()];
    assert_eq!(finding(&object(&arguments, &nobody)), open);
}

/// Between quotes, or before another field, the token is whole.
#[test]
fn a_token_that_has_an_end_proves_that_it_was_cut_off() {
    let quoted = console(EXPECTED, &format!("\"{}\"", &EXPECTED[..64]));
    let before_another = console(EXPECTED, &format!("{} conn=Conn[6]", &EXPECTED[..64]));
    for line in [quoted, before_another] {
        assert_eq!(finding(&object(&[], &line)), "altered", "{line}");
    }
    let padded = console(EXPECTED, &format!("Bearer {EXPECTED}"));
    assert_eq!(finding(&object(&[], &padded)), "altered", "{padded}");
}

/// The rest of it may be what makes it another flag's.
#[test]
fn a_beginning_of_another_flags_token_is_no_mismatch() {
    let rows = [(0, EXPECTED), (1, OTHERS)];
    let row = |(flag, token): &(u8, &str)| {
        json!({"uid": "alice", "device_flag": flag, "v": 1, "token": token}).to_string()
    };
    let dump = file("cut-others.jsonl", &rows.each_ref().map(row).join("\n"));
    let server = StandIn::start(move |_| {
        page(
            &rows.map(|(flag, token)| device("alice", flag, token, NANOS)),
            0,
        )
    });
    let cut = console(EXPECTED, &OTHERS[..80]);
    for arguments in [
        ["--store", dump.to_str().unwrap()],
        ["--ask", &*server.address],
    ] {
        for line in [&cut, &cut.replace(" uid=alice", "")] {
            let found = finding(&object(&arguments, line));
            assert_eq!(
                found, "? mismatch issued_for_other_flag manager_token",
                "{arguments:?} {line}"
            );
        }
        let whole = console(EXPECTED, OTHERS);
        let found = finding(&object(&arguments, &whole));
        assert_eq!(found, "issued_for_other_flag", "{arguments:?}");
    }
}

#[test]
fn a_line_that_ends_before_the_token_does_not_say_that_there_was_none() {
    let line = console("abcd", "");
    let found = finding(&object(&[], &line));
    assert_eq!(found, "? mismatch issued_for_other_flag manager_token");
}
