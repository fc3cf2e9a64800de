//! The servers that can be asked: v2's manager port, v3, this crate's gateway.

use serde_json::{Value, json};

use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::stand_in::{Reply, StandIn};

use super::{ask, fail, none, v2};
use crate::run::{finding, object, objects, output};

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
