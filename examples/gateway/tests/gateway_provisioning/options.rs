//! Options that are refused at the start.

use serde_json::json;
use wukongim_test_support::gateway_process::GatewayProcess;

#[test]
fn a_manager_token_that_no_header_can_carry_is_refused_at_the_start() {
    for (token, says) in [
        (
            "m4nager\n",
            "must not begin or end with whitespace or a line end",
        ),
        (
            " m4nager",
            "must not begin or end with whitespace or a line end",
        ),
        ("m4n\nager", "must be printable ASCII"),
        ("m4nägér", "must be printable ASCII"),
        ("m4n\tager", "must be printable ASCII"),
    ] {
        let output = GatewayProcess::run(&[&format!("--manager-token={token}")]);
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && log.contains(says), "{log}");
    }
    // What is left can be sent.
    let token = "m4nager ~!\"'{}";
    let gateway = GatewayProcess::start(&[&format!("--manager-token={token}")]);
    let body = json!({"uid": "alice", "device_flag": 0}).to_string();
    let headers = format!("token: {token}\r\n");
    assert_eq!(gateway.post("/user/device_quit", &body, &headers).0, 200);
    assert_eq!(gateway.post("/user/device_quit", &body, "").0, 401);
}

#[test]
fn provisioning_for_other_machines_takes_a_manager_token() {
    let output = GatewayProcess::run(&["--http=0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains("can be reached from other machines: set --manager-token"),
        "{log}"
    );

    let output = GatewayProcess::run(&["--http=0.0.0.0:0", "--manager-token= "]);
    assert_eq!(output.status.code(), Some(2), "a blank one is none");

    let gateway = GatewayProcess::start(&["--http=0.0.0.0:0", "--manager-token=m4nager"]);
    assert!(gateway.http.ip().is_unspecified());
}

#[test]
fn odd_options_are_refused_and_named() {
    for (option, value, says) in [
        ("connect-timeout", "0", "from 0.001 to 3600"),
        ("connect-timeout", "-1", "from 0.001 to 3600"),
        ("connect-timeout", "1e-9", "from 0.001 to 3600"),
        ("connect-timeout", "3601", "from 0.001 to 3600"),
        ("connect-timeout", "1e19", "from 0.001 to 3600"),
        ("connect-timeout", "NaN", "from 0.001 to 3600"),
        ("connect-timeout", "inf", "from 0.001 to 3600"),
        ("connect-timeout", "soon", "from 0.001 to 3600"),
        ("token-lifetime", "0", "from 0.001 to 3153600000"),
        ("token-lifetime", "1e19", "from 0.001 to 3153600000"),
        ("token-lifetime", "", "from 0.001 to 3153600000"),
        ("max-unauthenticated", "0", "1..=1000000"),
        ("max-unauthenticated", "18446744073709551615", "1..=1000000"),
        ("max-unauthenticated", "-1", "invalid digit"),
        ("node-id", "-1", "invalid digit"),
        ("http", "localhost", "invalid socket address"),
        (
            "store",
            "postgres://",
            "--store is none of memory, redb:FILE and redis://HOST:PORT",
        ),
    ] {
        let output = GatewayProcess::run(&[&format!("--{option}={value}")]);
        assert_ne!(output.status.code(), Some(0), "{option} {value}");
        assert_eq!(output.stdout, b"", "it listens before it has looked");
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(
            log.contains(option) && log.contains(says) && !log.contains("panicked"),
            "{log}"
        );
    }
}
