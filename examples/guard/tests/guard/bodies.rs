//! Requests that register or clear tokens: those that upstream reads otherwise than they look, and those
//! that take their time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::clients::passes;
use crate::limits::MAX_HEAD;
use crate::model::Model;
use crate::setup::{before, eventually};

/// What upstream answers with 200, and reads otherwise than it looks.
const UNCLEAR: [(&str, &str, &str); 12] = [
    (
        "/user/token",
        r#"{"uid":"alice","token":"x"}{}"#,
        "more behind",
    ),
    (
        "/user/token",
        "{\"uid\":\"alice\",\"token\":\"x\"}\0",
        "more behind",
    ),
    (
        "/user/token",
        r#"{"uid":"bob","UID":"alice","token":"x"}"#,
        "uid is given twice",
    ),
    (
        "/user/token",
        r#"{"uid":"alice","Token":"x"}"#,
        "otherwise than token",
    ),
    (
        "/user/token",
        r#"{"uid":"bob","token":"x","uid":"alice"}"#,
        "uid is given twice",
    ),
    (
        "/user/token",
        r#"{"uid":"alice","token":"x","device_flag":256}"#,
        "device_flag should be",
    ),
    ("/user/token", "[]", "not a JSON object"),
    (
        "/user/device_quit",
        r#"{"uid":"alice"} trailing"#,
        "more behind",
    ),
    (
        "/user/device_quit",
        r#"{"UID":"alice"}"#,
        "otherwise than uid",
    ),
    (
        "/user/device_quit",
        r#"{"uid":"alice","device_flag":257}"#,
        "device_flag should be -1 or",
    ),
    (
        "/user/device_quit",
        r#"{"uid":"alice","device_flag":-256}"#,
        "device_flag should be -1 or",
    ),
    (
        "/user/%64evice_quit?x=1",
        r#"{"uid":"alice","uid":"alice"}"#,
        "uid is given twice",
    ),
];

#[test]
fn what_upstream_reads_otherwise_is_answered_before_it_gets_it() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &["--log-refusals=100"]);
    for (path, body, why) in UNCLEAR {
        let (status, answer) = guard.post(path, body, "");
        let message = answer["msg"].as_str().unwrap_or_default();
        assert_eq!((status, &answer["status"]), (400, &json!(400)), "{body}");
        assert!(message.contains(why), "{body}: {message}");
    }
    let lines = model.server.lines();
    let forwarded = lines.iter().filter(|line| line.starts_with("POST "));
    assert_eq!(forwarded.count(), 0, "{lines:?}");
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
    assert!(!passes(&guard, &tcp, "alice", 0, "x"));
    guard.log_line("POST /user/device_quit answered with 400, not forwarded: uid is given twice");
    let report = guard.page("/guard/report");
    assert!(
        report.contains("12 requests to register or clear tokens were not clear"),
        "{report}"
    );
}

#[test]
fn while_observing_it_is_forwarded_and_upstream_asked_what_it_made_of_it() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, _tcp) = before(&model, &["--mode=observe"]);
    eventually("upstream's tokens are known", || {
        guard.request("GET", "/guard/health", "", "").0 == 200
    });
    let body = r#"{"uid":"alice","Token":"another"} more"#;
    assert_eq!(
        guard.post("/user/token", body, ""),
        (200, json!({"status": 200}))
    );
    assert_eq!(model.token("alice", 0).as_deref(), Some("another"));
    eventually("upstream is asked", || {
        let lines = model.server.lines();
        lines.iter().any(|line| line.contains("?uid=alice"))
    });
    let report = guard.page("/guard/report");
    let expected =
        "1 requests to register or clear tokens were not clear (see the log) and would be";
    assert!(report.contains(expected), "{report}");
}

/// One byte after another, each in time, and all of them not.
fn slowly(guard: &GatewayProcess, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(guard.http).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let pieces: Vec<_> = body.as_bytes().chunks(body.len().div_ceil(5)).collect();
    for piece in pieces {
        thread::sleep(Duration::from_millis(2_500));
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn an_upload_may_be_slow_as_long_as_it_goes_on() {
    let model = Model::start();
    let (guard, tcp) = before(&model, &[]);
    let issue = r#"{"uid":"alice","token":"s3cret","device_flag":0}"#;
    thread::scope(|scope| {
        let answers = ["/channel/any", "/user/token"]
            .map(|path| (path, scope.spawn(|| slowly(&guard, path, issue))));
        for (path, answer) in answers {
            let answer = answer.join().unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer:?}");
        }
    });
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
}

#[test]
fn a_head_has_a_limit() {
    let model = Model::start();
    let (guard, _tcp) = before(&model, &[]);
    let header = |len| format!("x-long: {}\r\n", "a".repeat(len));
    assert_eq!(
        guard.request("GET", "/any", "", &header(MAX_HEAD - 2048)).0,
        200
    );
    assert_eq!(guard.request("GET", "/any", "", &header(MAX_HEAD)).0, 431);
}
