//! The health check of a container, as the guard's own program makes it.

use std::process::{Command, Output};
use std::sync::Arc;

use wukongim_test_support::program::program;

use crate::model::Model;
use crate::setup::{eventually, guard_before, nobody};

/// Asks the guard whose HTTP port this is; nothing else is known of it.
fn health(http: &str) -> Output {
    let mut command = Command::new(program("wukongim-guard"));
    command.args(["--http", http, "health"]).env_clear();
    command.output().unwrap()
}

#[test]
fn a_guard_is_well_once_it_knows_upstreams_tokens() {
    let model = Arc::new(Model::start());
    model.answers_devices(Some((500, "{}")));
    let nobody = nobody();
    let upstream = [model.server.address.as_str(), &nobody, &nobody];
    // In this mode it is there before it knows anything.
    let guard = guard_before(upstream, &["--mode=observe"]);
    let http = guard.http.to_string();
    let asked = health(&http);
    assert_eq!(asked.status.code(), Some(1));
    let log = String::from_utf8(asked.stderr).unwrap();
    assert!(log.contains("HTTP/1.1 503"), "{log}");

    model.answers_devices(None);
    eventually("it is well", || health(&http).status.success());
    // An address that stands for all of them is asked on this machine.
    let everywhere = format!("0.0.0.0:{}", guard.http.port());
    assert!(health(&everywhere).status.success());
    drop(guard);
    assert!(!health(&http).status.success());
}
