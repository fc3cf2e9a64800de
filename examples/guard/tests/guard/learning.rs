//! Tokens as the business server's own requests register and clear them.

use serde_json::json;
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Client, Hello, Socket};

use crate::clients::{expect_answer, passes, read_to_end, send};
use crate::model::Model;
use crate::setup::{before, guard_before_gateway};

#[test]
fn a_token_works_once_upstream_has_taken_it() {
    let model = Model::start();
    let (guard, tcp) = before(&model, &[]);
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
    guard.issue("alice", "s3cret", 0, 0);
    assert_eq!(model.token("alice", 0).as_deref(), Some("s3cret"));
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));

    guard.issue("alice", "another", 0, 0);
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
    assert!(passes(&guard, &tcp, "alice", 0, "another"));
    guard.quit("alice", -1);
    assert!(!passes(&guard, &tcp, "alice", 0, "another"));
    guard.log_line("cause=\"revoked\"");
}

#[test]
fn what_upstream_does_not_take_is_not_learned() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &[]);
    for status in [13, 400, 401, 500, 503] {
        model.answers(Some(status));
        let of_http = if status < 100 { 200 } else { status };
        let issue = json!({"uid": "alice", "token": "another", "device_flag": 0});
        let answer = guard.post("/user/token", &issue.to_string(), "");
        assert_eq!(answer, (of_http, json!({"msg": "no", "status": status})));
        let quit = json!({"uid": "alice", "device_flag": 0});
        assert_eq!(
            guard.post("/user/device_quit", &quit.to_string(), "").0,
            of_http
        );
    }
    assert!(!passes(&guard, &tcp, "alice", 0, "another"));
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
}

#[test]
fn a_revocation_ends_the_session_after_upstreams_own_farewell() {
    let (guard, _gateway) = guard_before_gateway(&[]);
    guard.issue("alice", "s3cret", 0, 0);
    let mut client = Client::connect(Socket::tcp(guard.tcp), Hello::new("s3cret")).unwrap();
    assert!(client.is_alive());
    guard.quit("alice", 0);
    client.is_kicked();
    let refused = Client::connect(Socket::tcp(guard.tcp), Hello::new("s3cret")).err();
    assert_eq!(refused, Some(ReasonCode::AuthFail));
}

#[test]
fn a_revocation_ends_the_session_of_an_upstream_that_does_not() {
    let model = Model::start();
    let (guard, tcp) = before(&model, &[]);
    guard.issue("alice", "s3cret", 0, 0);
    let mut stream = send(guard.tcp, &Hello::new("s3cret").connect(""));
    expect_answer(&mut stream);
    assert_eq!(tcp.connections(), 1);
    guard.quit("alice", 0);
    assert_eq!(read_to_end(&mut stream).0, b"");
}

#[test]
fn a_token_that_no_client_can_present_takes_the_one_before_along() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &[]);
    guard.issue("alice", " ", 0, 0);
    guard.log_line("no client can use here");
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
}
