//! Options by the environment.
#![cfg(unix)]

use wukongim_test_support::gateway_process::GatewayProcess;

/// The variables that the help names.
fn variables() -> Vec<String> {
    let help = GatewayProcess::run(&["--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    let names = help.split("[env: ").skip(1).map(|rest| {
        let end = rest.find(['=', ']']).unwrap();
        rest[..end].to_owned()
    });
    names.collect()
}

/// As compose files leave an option out: `TOKEN_LIFETIME: ${TOKEN_LIFETIME:-}`.
#[test]
fn an_empty_variable_is_not_set() {
    let variables = variables();
    assert!(variables.len() > 15, "{variables:?}");
    let environment: Vec<_> = variables.iter().map(|name| (&**name, "")).collect();
    let gateway = GatewayProcess::start_in(&environment, &[]);
    // The defaults are in force: a token is asked for by nobody, and the flags are those of clients.
    gateway.issue("alice", "s3cret", 2, 0);
    let body = r#"{"uid":"alice","token":"s3cret","device_flag":3}"#;
    assert_eq!(gateway.post("/user/token", body, "").0, 400);
}

#[test]
fn a_variable_that_is_not_empty_is_read() {
    let gateway = GatewayProcess::start_in(&[("DEVICE_FLAGS", "7")], &[]);
    gateway.issue("alice", "s3cret", 7, 0);
}
