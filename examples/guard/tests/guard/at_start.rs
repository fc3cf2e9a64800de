//! What upstream has, and what the guard kept, at its start.

use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::clients::passes;
use crate::model::Model;
use crate::setup::{before, eventually};

#[test]
fn what_upstream_has_at_the_start_is_learned_page_by_page() {
    let model = Model::start();
    for user in 0..10 {
        // Two that share a nanosecond, across the end of the first page.
        model.stop_the_clock(user == 8);
        model.register(&format!("user{user}"), 1, &format!("token{user}"));
    }
    model.register("user3", 1, "");
    model.pages_of(2);
    let (guard, tcp) = before(&model, &[]);
    for user in 0..10 {
        let (uid, token) = (format!("user{user}"), format!("token{user}"));
        assert_eq!(passes(&guard, &tcp, &uid, 1, &token), user != 3, "{uid}");
    }
    assert!(
        !passes(&guard, &tcp, "user0", 0, "token0"),
        "under its flag only"
    );
    assert!(!passes(&guard, &tcp, "nobody", 1, ""));
    assert!(!guard.log().contains("token0"), "no token in the log");
}

#[test]
fn nobody_is_let_in_before_upstream_has_said_what_it_has() {
    let model = Arc::new(Model::start());
    model.register("alice", 0, "s3cret");
    model.answers_devices(Some((200, "<html>")));
    let behind = model.clone();
    let answering = thread::spawn(move || {
        let answers = [Some((401, "{}")), Some((500, "{}")), None];
        for (asked, answer) in answers.into_iter().enumerate() {
            let requests = || behind.server.lines().len();
            eventually("it is asked again", || requests() > asked);
            behind.answers_devices(answer);
        }
    });
    let (guard, tcp) = before(&model, &[]);
    answering.join().unwrap();
    for why in [
        "something other than a list",
        "--manager-token",
        "status 500",
    ] {
        guard.log_line(why);
    }
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
}

#[test]
fn a_row_that_cannot_be_read_costs_no_other() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    for row in [
        json!({"uid": "bob", "token": "b", "device_flag": 300, "created_at": 1_800_000_000_000_000_000_i64}),
        json!({"uid": "carol", "device_flag": 0, "created_at": 1_800_000_000_000_000_000_i64}),
        json!(null),
    ] {
        model.shows(row);
    }
    let (guard, tcp) = before(&model, &[]);
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
    guard.log_line("upstream has 3 rows that cannot be read");
}

#[test]
fn a_file_keeps_what_was_learned() {
    let file = std::env::temp_dir().join(format!("guard-{}.redb", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let store = format!("--store=redb:{}", file.display());
    let model = Model::start();
    let (guard, _) = before(&model, &[&store, "--compare-interval=0"]);
    guard.issue("alice", "s3cret", 0, 0);
    guard.issue("bob", "b0b", 0, 0);
    guard.quit("bob", 0);
    assert!(guard.terminate().success());
    let (guard, tcp) = before(&model, &[&store, "--compare-interval=0"]);
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
    assert!(!passes(&guard, &tcp, "bob", 0, "b0b"));
    let kept = std::fs::read(&file).unwrap();
    assert!(!kept.windows(6).any(|six| six == b"s3cret"), "digests only");
    drop(guard);
    let _ = std::fs::remove_file(&file);
}
