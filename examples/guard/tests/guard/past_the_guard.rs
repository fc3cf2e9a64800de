//! What was changed past the guard is found by comparisons with upstream.

use serde_json::json;
use wukongim_test_support::client::Hello;

use crate::clients::{expect_answer, passes, read_to_end, send};
use crate::model::Model;
use crate::setup::{before, eventually};

#[test]
fn what_was_done_past_the_guard_is_found_and_said() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    model.register("bob", 0, "b0b");
    let (guard, tcp) = before(&model, &["--compare-interval=0.5"]);
    let mut bob = send(
        guard.tcp,
        &Hello {
            uid: "bob",
            ..Hello::new("b0b")
        }
        .connect(""),
    );
    expect_answer(&mut bob);
    assert_eq!(tcp.connections(), 1);

    model.register("alice", 0, "another");
    model.register("carol", 1, "c");
    model.register("bob", 0, "");
    assert_eq!(read_to_end(&mut bob).0, b"", "his session ends");
    guard.log_line("changed past the guard");
    eventually("all is as it is there", || {
        passes(&guard, &tcp, "alice", 0, "another") && passes(&guard, &tcp, "carol", 1, "c")
    });
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
    assert!(!passes(&guard, &tcp, "bob", 0, "b0b"));
}

/// Upstream takes such a uid as it is, and trims it where it is asked.
#[test]
fn a_uid_with_whitespace_around_it_is_another_user() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &["--compare-interval=0.5"]);
    guard.issue(" alice", "padded", 0, 0);
    assert_eq!(model.token(" alice", 0).as_deref(), Some("padded"));
    let own = [("alice", "s3cret"), (" alice", "padded")];
    for (uid, token) in own {
        for (_, presented) in own {
            let expected = presented == token;
            assert_eq!(passes(&guard, &tcp, uid, 0, presented), expected, "{uid:?}");
        }
    }
    // Past the guard.
    model.register(" alice", 0, "");
    model.register("bob\u{a0}", 0, "b0b");
    eventually("upstream's word counts", || {
        !passes(&guard, &tcp, " alice", 0, "padded") && passes(&guard, &tcp, "bob\u{a0}", 0, "b0b")
    });
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
    // And where an answer was lost.
    model.is_mute(true);
    let issue = json!({"uid": "alice ", "token": "other", "device_flag": 0});
    assert_eq!(guard.post("/user/token", &issue.to_string(), "").0, 502);
    eventually("upstream's word counts", || {
        passes(&guard, &tcp, "alice ", 0, "other")
    });
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
}
