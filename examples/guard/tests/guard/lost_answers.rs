//! Answers of upstream that are lost, or late: it is asked what it did.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::clients::passes;
use crate::model::Model;
use crate::setup::{before, eventually};

/// The answer was lost on its way: upstream is asked, and not only after the interval.
#[test]
fn an_answer_that_did_not_arrive_is_made_up_for() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &[]);
    model.is_mute(true);
    let issue = json!({"uid": "alice", "token": "another", "device_flag": 0});
    let (status, _) = guard.post("/user/token", &issue.to_string(), "");
    assert_eq!(status, 502);
    eventually("upstream's word counts", || {
        passes(&guard, &tcp, "alice", 0, "another")
    });
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
    guard.log_line("it is not known whether upstream did it");
}

/// Upstream makes a change long after it was given up, and is asked until then.
#[test]
fn a_change_that_comes_late_is_found() {
    for more in ["--compare-interval=300", "--compare-interval=0"] {
        let model = Model::start();
        let (guard, tcp) = before(&model, &[more]);
        guard.issue("alice", "s3cret", 0, 0);
        model.is_stuck(true);
        let issue = json!({"uid": "alice", "token": "another", "device_flag": 0});
        assert_eq!(guard.post("/user/token", &issue.to_string(), "").0, 502);
        eventually("it is asked what came of it", || {
            let lines = model.server.lines();
            let asked = lines.iter().filter(|line| line.contains("?uid=alice"));
            asked.count() > 1
        });
        assert!(passes(&guard, &tcp, "alice", 0, "s3cret"), "{more}");
        model.register("alice", 0, "another");
        eventually("upstream's word counts", || {
            passes(&guard, &tcp, "alice", 0, "another")
        });
        assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
    }
}

/// A server without that endpoint is not asked forever.
#[test]
fn an_upstream_that_cannot_be_asked_is_asked_once() {
    let model = Model::start();
    let (guard, _tcp) = before(&model, &["--compare-interval=0"]);
    model.answers_devices(Some((404, "{}")));
    model.is_stuck(true);
    let issue = json!({"uid": "alice", "token": "another", "device_flag": 0});
    assert_eq!(guard.post("/user/token", &issue.to_string(), "").0, 502);
    guard.log_line("nobody can tell what it did");
    let asked = || model.server.lines().len();
    let before = asked();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(asked(), before);
}

/// Nobody knows of whom a request was: all are asked about, again and again until upstream says.
#[test]
fn an_upstream_that_fails_when_it_is_asked_about_all_is_asked_again() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, _tcp) = before(&model, &["--mode=observe"]);
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    model.answers_devices(Some((503, "{}")));
    model.register("alice", 0, "");
    assert_eq!(guard.post("/user/token", "[]", "").0, 200);
    guard.log_line("not compared with upstream");
    model.answers_devices(None);
    guard.log_line("changed past the guard");
}
