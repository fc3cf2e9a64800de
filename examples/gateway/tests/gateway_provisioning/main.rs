//! Registering and clearing tokens at the example gateway, and its options.
#![cfg(unix)]

mod options;

use serde_json::json;
use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn provisioning_refuses_what_upstream_refuses() {
    let gateway = GatewayProcess::start(&[]);
    struct Case {
        path: &'static str,
        body: &'static str,
        status: u16,
        message: &'static str,
    }
    let token = |body, message| Case {
        path: "/user/token",
        body,
        status: 400,
        message,
    };
    let quit = |body, message| Case {
        path: "/user/device_quit",
        ..token(body, message)
    };
    for case in [
        token(r#"{"token":"t"}"#, "uid must not be empty"),
        token(
            r#"{"uid":"a@b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(
            r#"{"uid":"a#b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(
            r#"{"uid":"a&b","token":"t"}"#,
            "uid must not contain @, # or &",
        ),
        token(r#"{"uid":"a"}"#, "token must not be empty"),
        token(r#"{"uid":"a","token":" "}"#, "token must not be empty"),
        token(
            r#"{"uid":"____system","token":"t"}"#,
            "the system account has no token to be set",
        ),
        token(
            r#"{"uid":"a","token":"t","device_level":2}"#,
            "device_level 2 is neither 0 (slave) nor 1 (master)",
        ),
        token(
            r#"{"uid":"a","token":"t","device_flag":256}"#,
            "device_flag 256 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC)",
        ),
        token(
            r#"{"uid":"a","token":"t","device_flag":4}"#,
            "device_flag 4 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC)",
        ),
        token("", "invalid JSON at line 1 column 0"),
        quit(r#"{"device_flag":1}"#, "uid must not be empty"),
        quit(
            r#"{"uid":"a","device_flag":-2}"#,
            "device_flag -2 is neither -1 nor 0 to 255",
        ),
    ] {
        let (status, answer) = gateway.post(case.path, case.body, "");
        assert_eq!(status, case.status, "{}", case.body);
        assert_eq!(
            answer,
            json!({"msg": case.message, "status": 400}),
            "{}",
            case.body
        );
    }
}

/// What no CONNECT could carry to this gateway is not registered, and the longest that one can is.
#[test]
fn what_is_too_long_for_a_connect_is_refused_when_it_is_registered() {
    let gateway = GatewayProcess::start(&[]);
    let post = |uid: &str, token: &str| {
        let body = json!({"uid": uid, "token": token}).to_string();
        gateway.post("/user/token", &body, "")
    };
    let refused = |message: &str| (400, json!({"msg": message, "status": 400}));
    let long = "x".repeat(9000);
    assert_eq!(
        post("alice", &long),
        refused("token has 9000 bytes, but CONNECT has room for 8169")
    );
    assert_eq!(
        post(&long, "s3cret"),
        refused("uid has 9000 bytes, but CONNECT has room for 8173")
    );
    // The client besides has a key and a device id.
    let token = "x".repeat(8000);
    assert_eq!(post("alice", &token), (200, json!({"status": 200})));
    assert!(Client::connect(Socket::tcp(gateway.tcp), Hello::new(&token)).is_ok());
}

/// What the HTTP library refuses by itself comes in the same shape.
#[test]
fn every_refusal_of_provisioning_has_upstreams_shape() {
    let gateway = GatewayProcess::start(&[]);
    let long = " ".repeat(64 * 1024 + 1);
    for (method, path, body, status, message) in [
        ("POST", "/user/nothing", "{}", 404, "no such endpoint"),
        ("GET", "/", "", 404, "no such endpoint"),
        ("GET", "/user/token", "", 405, "POST is wanted"),
        ("DELETE", "/user/device_quit", "", 405, "POST is wanted"),
        ("POST", "/user/token", long.as_str(), 413, "length limit"),
        ("POST", "/user/token", "not JSON", 400, "invalid JSON"),
        ("POST", "/user/token", "\u{ff}", 400, "invalid JSON"),
        ("POST", "/user/device_quit", "7", 400, "should be an object"),
    ] {
        // Upstream looks at no content type either.
        for headers in ["", "content-type: text/plain\r\n"] {
            let (found, answer) = gateway.request(method, path, body, headers);
            assert_eq!(found, status, "{method} {path}: {answer}");
            let text = answer["msg"].as_str().unwrap_or_default();
            assert!(text.contains(message), "{method} {path}: {answer}");
            assert_eq!(answer, json!({"msg": text, "status": status}));
        }
    }
    let body = r#"{"uid":"alice","token":"s3cret"}"#;
    let answer = gateway.post("/user/token", body, "content-type: text/plain\r\n");
    assert_eq!(answer, (200, json!({"status": 200})));
}

#[test]
fn the_manager_token_guards_provisioning_and_opens_nothing_else() {
    let gateway = GatewayProcess::start(&["--manager-token=m4nager"]);
    let body = r#"{"uid":"alice","token":"s3cret"}"#;
    let refused = json!({"msg": "manager token verify fail", "status": 401});
    for header in ["", "token: \r\n", "token: m4nage\r\n", "token: M4nager\r\n"] {
        for path in ["/user/token", "/user/device_quit"] {
            let answer = gateway.post(path, body, header);
            assert_eq!(answer, (401, refused.clone()), "{header}");
        }
    }
    let connect = |token| Client::connect(Socket::tcp(gateway.tcp), Hello::new(token));
    assert!(connect("s3cret").is_err(), "nothing was registered");
    let answer = gateway.post("/user/token", body, "token: m4nager\r\n");
    assert_eq!(answer, (200, json!({"status": 200})));
    assert!(connect("s3cret").is_ok());
    assert!(connect("m4nager").is_err());
    gateway.log_line("cause=\"manager_token\"");
    assert!(
        !gateway.log().contains("m4nage"),
        "no token in clear in the log"
    );
}

/// Of what a body holds nothing is repeated, to nobody and not in the log: it may be a token.
#[test]
fn a_body_that_cannot_be_read_is_not_quoted() {
    let gateway = GatewayProcess::start(&["--log-level=trace"]);
    for body in [
        r#"{"uid":"alice","token":"t","device_flag":"canary","device_level":0}"#,
        r#"{"uid":["canary"],"token":"t","device_flag":0,"device_level":0}"#,
        r#"{"uid":"alice","token":{"canary":1},"device_flag":0,"device_level":0}"#,
        r#"["canary","canary",0,0]"#,
        r#"{"uid":"alice","token":"canary"#,
        r#"{"uid":"alice","canary":"#,
        r#"{"uid":"alice","token":"canary\q"}"#,
        r#""canary""#,
        "canary",
    ] {
        for path in ["/user/token", "/user/device_quit"] {
            let (status, answer) = gateway.post(path, body, "");
            // Who quits needs no token, and one that is there is not looked at.
            let is_read = path == "/user/device_quit" && body.contains(r#"{"canary":1}"#);
            assert_eq!(status, if is_read { 200 } else { 400 }, "{path} {body}");
            assert!(
                !answer.to_string().contains("canary"),
                "{path} {body}: {answer}"
            );
        }
    }
    assert!(!gateway.log().contains("canary"), "{}", gateway.log());
}
