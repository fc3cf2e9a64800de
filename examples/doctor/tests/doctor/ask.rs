//! `--ask`: a running server decides what the log cannot.

use serde_json::{Value, json};

use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::stand_in::{Reply, Request, StandIn};

use crate::run::{doctor, finding, object, objects, output};

const NANOS: i64 = 1_700_000_000_000_000_000;

fn device(uid: &str, flag: u8, token: &str, created: i64) -> Value {
    json!({"id": created, "uid": uid, "token": token, "device_flag": flag, "device_level": 1,
        "created_at": created, "updated_at": created})
}

fn page(devices: &[Value], more: u8) -> Reply {
    let body = json!({"total": devices.len(), "more": more, "data": devices});
    Reply::Json(200, body.to_string())
}

/// alice has a token for APP and another for WEB, carol's was cleared, and nobody else has any.
fn v2(request: &Request) -> Reply {
    if !request.line.starts_with("GET /cluster/devices?") {
        return Reply::Json(404, "404 page not found".to_owned());
    }
    match request.query("uid").unwrap() {
        "alice" => page(
            &[
                device("alice", 1, "alice-web", NANOS),
                device("alice", 0, "alice-app", NANOS - 1),
            ],
            0,
        ),
        "carol" => page(
            &[
                device("carol", 0, "", NANOS),
                device("carol", 7, "carol-7", NANOS),
            ],
            0,
        ),
        _ => page(&[], 0),
    }
}

fn fail(uid: &str, expected: &str, actual: &str) -> String {
    json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】token verify fail", "uid": uid,
        "sourceNodeId": 1, "expectToken": expected, "actToken": actual})
    .to_string()
}

fn none(uid: &str, flag: &str) -> String {
    json!({"time": "2026-04-23T09:00:01+08:00", "msg": "【handler】get device token err",
        "error": "not found", "uid": uid, "deviceFlag": flag})
    .to_string()
}

fn ask<'a>(server: &'a StandIn, more: &[&'a str]) -> Vec<&'a str> {
    [&["--ask", &*server.address], more].concat()
}

#[test]
fn candidates_become_causes_with_the_reason() {
    let server = StandIn::start(v2);
    let cases = [
        (
            fail("alice", "alice-app", "alice-web"),
            "issued_for_other_flag",
            "the token of WEB is the one that was presented",
        ),
        (
            fail("alice", "alice-app", "nobody's"),
            "mismatch",
            "registered under no device flag",
        ),
        (fail("alice", "alice-app", "\"alice-app\""), "altered", ""),
        (
            none("nobody", "APP"),
            "not_issued",
            "this user has no token at all",
        ),
        (
            fail("carol", "", "carol-7"),
            "issued_for_other_flag",
            "the token of 7 is the one that was presented",
        ),
        (
            none("alice", "PC"),
            "? issued_for_other_flag not_issued_for_flag",
            "a token under APP, WEB",
        ),
        (
            none("alice", "WEB"),
            "? issued_for_other_flag not_issued_for_flag not_issued manager_token",
            "It has changed since the line",
        ),
        (
            fail("alice", "alice-old", "alice-web"),
            "? mismatch issued_for_other_flag manager_token",
            "the presented token is that of WEB now",
        ),
        (
            fail("alice", "alice-old", "older"),
            "? mismatch issued_for_other_flag manager_token",
            "neither of its tokens is registered now",
        ),
    ];
    for (line, expected, reason) in cases {
        let object = object(&ask(&server, &[]), &line);
        assert_eq!(finding(&object), expected, "{line}");
        let said = object["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{line}: {said}");
        let is_decided = !expected.starts_with('?') && expected != "altered";
        assert!(
            !is_decided || said.starts_with("asked at 20") && object.get("candidates").is_none(),
            "{object}"
        );
        let text = object.to_string();
        for secret in ["alice-app", "alice-web", "nobody's", "carol-7"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

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

/// One failure of which the server's answer is of no use.
fn object_with_warning(server: &StandIn, line: &str) -> Value {
    let arguments = [&["--json"], &*ask(server, &[])].concat();
    let out = output(&arguments, line.as_bytes());
    assert_eq!(out.status.code(), Some(1));
    serde_json::from_slice(&out.stdout).unwrap()
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

#[test]
fn a_server_that_fails_is_left_alone_and_that_is_said() {
    let server = StandIn::start(|_| Reply::Json(500, "{}".to_owned()));
    let lines: Vec<_> = (0..30).map(|n| fail(&format!("u{n}"), "x", "y")).collect();
    let out = doctor(&ask(&server, &[]), lines.join("\n").as_bytes());
    assert_eq!(server.lines().len(), 3);
    let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("Asking was given up") && flat.contains("status 500"),
        "{out}"
    );
    assert!(flat.contains("27 failures were not asked about"), "{out}");
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

#[test]
fn a_login_gives_the_token_of_the_manager_port() {
    let server = StandIn::start(|request| {
        if request.line == "POST /manager/login" {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body, json!({"username": "admin", "password": "p:w"}));
            return Reply::Json(200, r#"{"token":"jwt","username":"admin"}"#.to_owned());
        }
        match request.header("authorization") {
            Some("Bearer jwt") => v2(request),
            _ => Reply::Json(401, "{}".to_owned()),
        }
    });
    let object = object(
        &ask(&server, &["--login", "admin:p:w"]),
        &fail("alice", "alice-app", "alice-web"),
    );
    assert_eq!(finding(&object), "issued_for_other_flag");
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn v3_says_which_flags_have_a_token() {
    let server = StandIn::start(|request| match &*request.line {
        "GET /manager/users/alice" => {
            let devices = json!([{"device_flag": "web", "device_level": "master", "token_set": true, "online": false},
                {"device_flag": "app", "token_set": false}]);
            Reply::Json(200, json!({"uid": "alice", "devices": devices}).to_string())
        }
        "GET /manager/users/bob" => Reply::Json(200, json!({"devices": []}).to_string()),
        _ => Reply::Json(404, "{}".to_owned()),
    });
    let log = [
        none("alice", "PC"),
        none("bob", "PC"),
        fail("alice", "x", "y"),
    ]
    .join("\n");
    let found: Vec<_> = objects(&ask(&server, &[]), &log)
        .iter()
        .map(finding)
        .collect();
    assert_eq!(
        found,
        [
            "? issued_for_other_flag not_issued_for_flag",
            "not_issued",
            "? mismatch issued_for_other_flag manager_token",
        ]
    );
    assert_eq!(server.lines().len(), 3, "one to learn that it is not v2");
}

/// This crate's gateway shows no token.
#[test]
fn the_gateway_answers_with_fingerprints() {
    let gateway = GatewayProcess::start(&["--manager-token", "managers-own"]);
    let address = format!("http://{}", gateway.http);
    let token = "token: managers-own\r\n";
    for (flag, token_of) in [(0, "alice-app"), (1, "alice-web"), (2, "alice-pc")] {
        let body =
            json!({"uid": "alice", "token": token_of, "device_flag": flag, "device_level": 0});
        assert_eq!(gateway.post("/user/token", &body.to_string(), token).0, 200);
    }
    let quit = json!({"uid": "alice", "device_flag": 2}).to_string();
    assert_eq!(gateway.post("/user/device_quit", &quit, token).0, 200);

    let path = "/cluster/devices?uid=alice&limit=100";
    assert_eq!(gateway.request("GET", path, "", "").0, 401);
    assert_eq!(gateway.request("GET", "/cluster/devices", "", token).0, 400);
    let (status, answer) = gateway.request("GET", path, "", token);
    assert_eq!(
        (status, answer["total"].as_u64(), answer["more"].as_u64()),
        (200, Some(3), Some(0))
    );
    let text = answer.to_string();
    assert!(
        !text.contains("alice-app") && text.contains("len=9 sha256="),
        "{text}"
    );
    let cleared = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["device_flag"] == 2);
    assert_eq!(cleared.unwrap()["token"], "");

    let asked = ["--ask", &address, "--manager-token", "managers-own"];
    let line = fail("alice", "alice-app", "alice-web");
    assert_eq!(finding(&object(&asked, &line)), "issued_for_other_flag");
    let line = fail("alice", "alice-app", "nobody's");
    assert_eq!(finding(&object(&asked, &line)), "mismatch");
    assert_eq!(finding(&object(&asked, &none("bob", "WEB"))), "not_issued");
    let alice = ["--uid", "alice", "--token", "alice-web", "--device-flag"];
    for (flag, code) in [("1", 0), ("0", 1), ("2", 1)] {
        let arguments = [&asked[..], &alice, &[flag]].concat();
        assert_eq!(output(&arguments, b"").status.code(), Some(code), "{flag}");
    }
}

#[test]
fn fingerprints_are_enough() {
    let server = StandIn::start(|_| {
        let web = json!({"uid": "alice", "device_flag": 1, "token": "len=9 sha256=1f0e4a31"});
        page(
            &[device("alice", 0, "len=9 sha256=00000000", NANOS), web],
            0,
        )
    });
    let line = json!({"uid": "alice", "deviceFlag": 0, "cause": "ambiguous", "candidates": ["mismatch"],
        "expectToken": "len=9 sha256=00000000", "actToken": "len=9 sha256=1f0e4a31"});
    let object = object(&ask(&server, &[]), &line.to_string());
    assert_eq!(finding(&object), "issued_for_other_flag");
}

#[test]
fn the_managers_token_is_recognised_and_otherwise_ruled_out() {
    let lines = [
        fail("alice", "x", "managers-own"),
        fail("alice", "x", "another"),
        fail("alice", "x", "managers-own "),
    ];
    let found: Vec<_> = objects(&["--manager-token", "managers-own"], &lines.join("\n"))
        .iter()
        .map(finding)
        .collect();
    assert_eq!(found[0], "manager_token");
    assert_eq!(found[1], "? mismatch issued_for_other_flag");
    assert_eq!(found[2], "manager_token", "with a blank behind it");
}

/// Without a log.
#[test]
fn would_alice_get_in() {
    let server = StandIn::start(v2);
    let cases: [(&[&str], i32, &str); 7] = [
        (
            &[
                "--uid",
                "alice",
                "--token",
                "alice-web",
                "--device-flag",
                "1",
            ],
            0,
            "1 (WEB)  yes",
        ),
        (
            &[
                "--uid",
                "alice",
                "--token",
                "alice-web",
                "--device-flag",
                "0",
            ],
            1,
            "no, issued_for_other_flag",
        ),
        (
            &["--uid", "alice", "--token", "alice-web"],
            0,
            "1 (WEB)  yes",
        ),
        (
            &[
                "--uid",
                "alice",
                "--token",
                "Bearer alice-app",
                "--device-flag",
                "0",
            ],
            1,
            "no, altered",
        ),
        (
            &["--uid", "carol", "--token", "x", "--device-flag", "0"],
            1,
            "no, revoked",
        ),
        (
            &["--uid", "bob", "--token", "x", "--device-flag", "0"],
            1,
            "no, not_issued",
        ),
        (&["--uid", "alice"], 0, "0 (APP)  len=9 sha256="),
    ];
    for (arguments, code, says) in cases {
        let out = output(&ask(&server, arguments), b"");
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(
            text.contains(says),
            "{arguments:?}: {text} {}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert_eq!(out.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(!text.contains("alice-app"), "{text}");
    }
    let out = output(
        &ask(
            &server,
            &["--uid", "alice", "--token-stdin", "--device-flag", "1"],
        ),
        b"alice-web\n",
    );
    assert_eq!(out.status.code(), Some(0));
    let nobody = output(&["--ask", "http://127.0.0.1:1", "--uid", "alice"], b"");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(!nobody.stderr.is_empty());
}
