//! Which questions are asked, and how many.

use wukongim_test_support::stand_in::StandIn;

use super::{NANOS, ask, device, fail, page, v2};
use crate::run::{doctor, finding, objects};

#[test]
fn a_user_is_asked_about_once() {
    let server = StandIn::start(v2);
    let lines: Vec<_> = (0..100)
        .map(|n| fail(["alice", "bob", "a b&c=/?%"][n % 3], "x", "y"))
        .collect();
    let v1 = r#"{"msg":"【Processor】token verify fail","expectToken":"","actToken":"abcd"}"#;
    doctor(
        &ask(&server, &[]),
        (lines.join("\n") + "\n" + v1).as_bytes(),
    );
    let mut lines = server.lines();
    lines.sort();
    assert_eq!(
        lines,
        [
            "GET /cluster/devices?uid=a%20b%26c%3D/?%25&limit=100".replace("/?", "%2F%3F"),
            "GET /cluster/devices?uid=alice&limit=100".to_owned(),
            "GET /cluster/devices?uid=bob&limit=100".to_owned(),
        ]
    );
}

#[test]
fn no_more_users_are_asked_about_than_allowed() {
    let server = StandIn::start(v2);
    let lines: Vec<_> = (0..30).map(|n| fail(&format!("u{n}"), "x", "y")).collect();
    let out = doctor(
        &ask(&server, &["--ask-limit", "10"]),
        lines.join("\n").as_bytes(),
    );
    assert_eq!(server.lines().len(), 10);
    assert!(out.contains("20 failures were not asked about"), "{out}");
}

/// Neither of the path nor of the query is a uid a part.
#[test]
fn a_uid_is_asked_about_as_it_is() {
    for (uid, encoded) in [("a%41b", "a%2541b"), ("a\\n\\u0041", "a%5Cn%5Cu0041")] {
        let server = StandIn::start(v2);
        doctor(&ask(&server, &[]), fail(uid, "x", "y").as_bytes());
        let line = format!("GET /cluster/devices?uid={encoded}&limit=100");
        assert_eq!(server.lines(), [line]);
    }
}

/// Newest first, and the next page begins behind the last row; other nodes' rows are among them.
#[test]
fn pages_and_the_rows_of_other_nodes_are_merged() {
    let server = StandIn::start(|request| {
        let first = request.query("offset_created_at").is_none();
        match first {
            true => page(
                &[
                    device("alice", 0, "new", NANOS),
                    device("mallory", 2, "mallory's", NANOS - 1),
                ],
                1,
            ),
            false => page(
                &[
                    device("alice", 0, "old", NANOS - 2),
                    device("alice", 1, "web", NANOS - 3),
                ],
                0,
            ),
        }
    });
    let objects = objects(
        &ask(&server, &[]),
        &[
            fail("alice", "new", "web"),
            fail("alice", "new", "old"),
            fail("alice", "new", "mallory's"),
        ]
        .join("\n"),
    );
    let found: Vec<_> = objects.iter().map(finding).collect();
    assert_eq!(found, ["issued_for_other_flag", "mismatch", "mismatch"]);
    let lines = server.lines();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[1].contains(&format!("offset_created_at={}", NANOS - 1)),
        "{lines:?}"
    );
}
