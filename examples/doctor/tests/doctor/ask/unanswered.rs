//! Servers that do not answer, or not what was asked: no failure of theirs is decided, and every one is
//! counted.

use serde_json::Value;

use wukongim_test_support::stand_in::{Reply, Request, StandIn};

use super::{NANOS, ask, device, fail, none, page, v2};
use crate::run::{doctor, finding, objects, output};

/// One failure of which the server's answer is of no use.
fn object_with_warning(server: &StandIn, line: &str) -> Value {
    let arguments = [&["--json"], &*ask(server, &[])].concat();
    let out = output(&arguments, line.as_bytes());
    assert_eq!(out.status.code(), Some(1));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn a_server_that_never_ends_its_pages_is_left() {
    let server = StandIn::start(|request| {
        let offset = request
            .query("offset_created_at")
            .map_or(NANOS, |offset| offset.parse().unwrap());
        page(&[device("alice", 0, "x", offset - 1)], 1)
    });
    let object = object_with_warning(&server, &fail("alice", "a", "b"));
    assert!(finding(&object).starts_with('?'));
    assert_eq!(server.lines().len(), 10);
}

#[test]
fn wrong_answers_leave_the_candidates() {
    type Answer = fn(&Request) -> Reply;
    let answers: [(Answer, usize); 9] = [
        // An object of any kind, and a list of somebody else's devices.
        (
            |_| Reply::Json(200, r#"{"code":500,"msg":"err"}"#.to_owned()),
            1,
        ),
        (
            |_| {
                let other = r#"{"data":[{"uid":"bob","token":"t","device_flag":0}]}"#;
                Reply::Json(200, other.to_owned())
            },
            1,
        ),
        (|_| Reply::Json(200, "<html>".to_owned()), 1),
        (
            |_| Reply::Json(200, "{\"data\":[{\"uid\":1}]}".to_owned()),
            1,
        ),
        (|_| Reply::Json(200, "[]".to_owned()), 1),
        (|_| Reply::Json(500, "{}".to_owned()), 1),
        (|_| Reply::Json(302, "{}".to_owned()), 1),
        (|_| Reply::Json(200, " ".repeat(3 << 20)), 1),
        (|_| Reply::Json(404, "{}".to_owned()), 2),
    ];
    for (index, (answer, requests)) in answers.into_iter().enumerate() {
        let server = StandIn::start(answer);
        let object = object_with_warning(&server, &fail("alice", "a", "b"));
        assert_eq!(
            finding(&object),
            "? mismatch issued_for_other_flag manager_token",
            "{index}"
        );
        assert_eq!(server.lines().len(), requests, "{index}");
    }
}

/// Neither an object of any kind nor somebody else's devices say that this user has none.
#[test]
fn only_a_list_of_devices_says_that_there_is_no_token() {
    let line = none("alice", "1");
    let answers = |body: &'static str| StandIn::start(move |_| Reply::Json(200, body.to_owned()));
    let empty = object_with_warning(&answers(r#"{"total":0,"data":[]}"#), &line);
    assert_eq!(finding(&empty), "not_issued");
    for body in [
        r#"{"code":500,"msg":"err"}"#,
        r#"{"data":[{"uid":"bob","token":"t","device_flag":0}]}"#,
    ] {
        let object = object_with_warning(&answers(body), &line);
        assert!(finding(&object).starts_with('?'), "{body}: {object}");
    }
}

/// Every question, and every failure that it was for.
#[test]
fn questions_without_an_answer_are_counted_however_few_they_are() {
    for users in [1, 2] {
        let server = StandIn::start(|_| Reply::Json(500, "{}".to_owned()));
        let line = |n: usize| fail(&format!("u{}", n % users), "x", "y");
        let log: Vec<_> = (0..6).map(line).collect();
        let out = doctor(&ask(&server, &[]), log.join("\n").as_bytes());
        let said = flat(&out);
        let counted = format!("{users} questions to the server got no answer (");
        assert!(said.contains(&counted), "{out}");
        assert!(
            said.contains("status 500): 6 failures are told by the log alone."),
            "{out}"
        );
        assert!(!said.contains("not asked about"), "{out}");
        assert_eq!(server.lines().len(), users);
    }
}

/// Where the others are answered, too, and with `--json`, on stderr.
#[test]
fn a_question_without_an_answer_among_others_is_counted() {
    let server = StandIn::start(|request| match request.query("uid") {
        Some("bob") => Reply::Json(200, "<html>".to_owned()),
        _ => v2(request),
    });
    let log = [
        fail("alice", "alice-app", "alice-web"),
        fail("bob", "x", "y"),
        fail("bob", "x", "y"),
    ];
    let arguments = [&["--json", "--lang", "zh"], &*ask(&server, &[])].concat();
    let out = output(&arguments, log.join("\n").as_bytes());
    let errors = String::from_utf8(out.stderr).unwrap();
    assert!(
        errors.starts_with("doctor: 1 次查询没有得到回答") && errors.contains("2 次失败"),
        "{errors}"
    );
}

#[test]
fn a_server_that_fails_is_left_alone_and_that_is_said() {
    let server = StandIn::start(|_| Reply::Json(500, "{}".to_owned()));
    let lines: Vec<_> = (0..30).map(|n| fail(&format!("u{n}"), "x", "y")).collect();
    let out = doctor(&ask(&server, &[]), lines.join("\n").as_bytes());
    assert_eq!(server.lines().len(), 3);
    let said = flat(&out);
    assert!(
        said.contains("Asking was given up") && said.contains("status 500"),
        "{out}"
    );
    assert!(said.contains("27 failures were not asked about"), "{out}");
    assert!(said.contains("3 questions to the server got"), "{out}");
}

/// Unwrapped.
fn flat(out: &str) -> String {
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Ten seconds for each of three users, and no more.
#[test]
fn a_slow_server_is_left_alone() {
    let server = StandIn::start(|_| Reply::Silence);
    let object = object_with_warning(&server, &fail("alice", "a", "b"));
    assert!(finding(&object).starts_with('?'));
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_server_that_wants_a_token_is_asked_once_and_that_is_said() {
    let server = StandIn::start(|request| match request.header("token") {
        Some("managers-own") => v2(request),
        _ => Reply::Json(401, "{}".to_owned()),
    });
    let log = [
        fail("alice", "alice-app", "alice-web"),
        fail("bob", "x", "y"),
    ]
    .join("\n");
    let out = doctor(&ask(&server, &[]), log.as_bytes());
    assert_eq!(server.lines().len(), 1);
    assert!(
        out.contains("--manager-token") && out.contains("answers 401"),
        "{out}"
    );
    let with = objects(&ask(&server, &["--manager-token", "managers-own"]), &log);
    assert_eq!(finding(&with[0]), "issued_for_other_flag");
}

/// An account or a token within it is as secret as any other.
#[test]
fn an_address_is_told_without_what_may_be_secret() {
    let line = fail("alice", "a", "b");
    for address in [
        "http://admin:SECRET@127.0.0.1:1/",
        "http://127.0.0.1:1/?token=SECRET",
        "http://127.0.0.1:1/?token=admin@SECRET",
        "http://127.0.0.1:1#SECRET",
        "http://admin:SE/SECRET@127.0.0.1:1/",
        "http://admin:SE?SECRET@127.0.0.1:1/",
        "http://admin:SE@SECRET@127.0.0.1:1/",
        "http://admin:SECRET@",
        "http://?SECRET",
        "http://a b:SECRET@[::1/",
    ] {
        let asked: [&[&str]; 4] = [
            &["--lang", "en"],
            &["--lang", "zh"],
            &["--json"],
            &["--uid", "alice"],
        ];
        for more in asked {
            let out = output(&[&["--ask", address], more].concat(), line.as_bytes());
            let told = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
            assert_eq!(out.status.code(), Some(1), "{address}: {told}");
            assert!(told.contains("http://"), "{address}: {told}");
            assert!(!told.contains("SECRET"), "{address}: {told}");
        }
    }
    let server = StandIn::start(v2);
    let with_account = server.address.replace("http://", "http://admin:SECRET@");
    let found = objects(&["--ask", &with_account], &fail("bob", "x", "y"));
    assert_eq!(
        found.len(),
        1,
        "the account goes to the server all the same"
    );
}
