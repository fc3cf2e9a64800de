//! v2.1's console form.

use serde_json::json;

use crate::run::{finding, objects};

/// For every message.
#[test]
fn the_console_form_is_read() {
    let cases = [
        (
            "ERR msg=【processUser】token verify fail expectToken= actToken=abcd",
            "revoked",
        ),
        (
            "2025-01-06 11:20:08 ERR msg=【processUser】token verify fail expectToken=abcd actToken=\"abcd \"",
            "altered",
        ),
        (
            "ERR msg=【handler】token verify fail uid=alice sourceNodeId=1001 expectToken=abcd actToken=efgh",
            "? mismatch issued_for_other_flag manager_token",
        ),
        ("ERR msg=【handler】token is empty uid=alice", "empty_token"),
        (
            "ERR msg=【handler】get device token err error=\"not found\" uid=alice deviceFlag=WEB",
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
        ),
        (
            "ERR msg=【handler】get device token err error=\"pebble: closed\" uid=alice deviceFlag=WEB",
            "store",
        ),
        (
            "WRN msg=【ReactorSub-3】failed to read error=\"tls: first record does not look like a TLS handshake\"",
            "not the token: transport",
        ),
        (
            "ERR msg=【Server】CONNECT packet UID is empty, closing connection",
            "empty_uid",
        ),
    ];
    for (line, expected) in cases {
        let found = objects(&[], line);
        assert_eq!(found.len(), 1, "{line}");
        assert_eq!(finding(&found[0]), expected, "{line}");
    }
    let found = objects(&[], cases[2].0);
    assert_eq!(
        (&found[0]["uid"], &found[0]["sourceNodeId"]),
        (&json!("alice"), &json!(1001))
    );
}
