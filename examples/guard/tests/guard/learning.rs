//! Tokens as upstream has them: at the start, by the business server's own requests, and past the guard.

use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;
use wukongim_auth::frame::ReasonCode;
use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};

use crate::model::Model;
use crate::setup::{
    Recorder, eventually, guard_before, guard_before_gateway, nobody, read_to_end, send,
};

/// The guard before this API, and a port that takes whoever comes.
pub fn before(model: &Model, arguments: &[&str]) -> (GatewayProcess, Recorder) {
    let tcp = Recorder::start();
    let address = tcp.address.to_string();
    let guard = guard_before([&model.server.address, &address, &nobody()], arguments);
    (guard, tcp)
}

/// Whether a client with this token gets through.
pub fn passes(
    guard: &GatewayProcess,
    tcp: &Recorder,
    uid: &str,
    device_flag: u8,
    token: &str,
) -> bool {
    let hello = Hello {
        uid,
        device_flag,
        ..Hello::new(token)
    };
    let before = tcp.connections();
    let mut stream = send(guard.tcp, &hello.connect(""));
    let mut is_through = false;
    eventually("a verdict", || {
        is_through = tcp.connections() > before;
        stream.set_nonblocking(true).unwrap();
        let answered = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).unwrap();
        is_through || answered
    });
    if !is_through {
        assert_ne!(read_to_end(&mut stream).0, b"", "refused, not closed");
    }
    is_through
}

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
        "something else than a list",
        "--manager-token",
        "status 500",
    ] {
        guard.log_line(why);
    }
    assert!(passes(&guard, &tcp, "alice", 0, "s3cret"));
}

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

/// Upstream's, which says that the client is through.
pub fn expect_answer(client: &mut TcpStream) {
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"!");
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
    guard.log_line("not known whether upstream took it");
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

/// A server without that endpoint is not asked for ever.
#[test]
fn an_upstream_that_cannot_be_asked_is_asked_once() {
    let model = Model::start();
    let (guard, _tcp) = before(&model, &["--compare-interval=0"]);
    model.answers_devices(Some((404, "{}")));
    model.is_stuck(true);
    let issue = json!({"uid": "alice", "token": "another", "device_flag": 0});
    assert_eq!(guard.post("/user/token", &issue.to_string(), "").0, 502);
    guard.log_line("nobody can tell what upstream did");
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

#[test]
fn a_token_that_no_client_can_present_takes_the_one_before_along() {
    let model = Model::start();
    model.register("alice", 0, "s3cret");
    let (guard, tcp) = before(&model, &[]);
    guard.issue("alice", " ", 0, 0);
    guard.log_line("no client can use here");
    assert!(!passes(&guard, &tcp, "alice", 0, "s3cret"));
}

#[test]
fn all_else_is_forwarded_as_it_is() {
    let model = Model::start();
    model.wants("manager");
    let (guard, _tcp) = before(&model, &["--manager-token=manager"]);
    let (status, body) = guard.request(
        "PUT",
        "/channel/info?x=%2F1",
        "some body",
        "token: manager\r\nx-own: kept\r\n",
    );
    let expected = json!({"line": "PUT /channel/info?x=%2F1", "body": "some body"});
    assert_eq!((status, body), (200, expected));
    let requests = model.server.requests();
    let request = requests.last().unwrap();
    assert_eq!(request.header("x-own"), Some("kept"));
    assert_eq!(request.header("host"), Some("localhost"));
    assert_eq!(
        guard.request("GET", "/any", "", "").0,
        401,
        "the caller's own token counts"
    );

    let long = format!(r#"{{"uid":"{}"}}"#, "a".repeat(70_000));
    assert_eq!(
        guard.post("/user/token", &long, "token: manager\r\n").0,
        413
    );
    let (status, _) = guard.post("/channel/long", &long, "token: manager\r\n");
    assert_eq!(status, 200, "of others no more is kept than is on its way");
    assert_eq!(guard.request("GET", "/guard/other", "", "").0, 404);
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
