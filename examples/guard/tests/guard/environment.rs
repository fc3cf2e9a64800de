//! Options by the environment.

use std::process::{Command, Output};

use wukongim_test_support::program::program;

fn run(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(program("wukongim-guard"));
    command.args(arguments).env_clear();
    command.envs(environment.iter().copied()).output().unwrap()
}

/// As compose files leave an option out: `WS_PROTOCOLS: ${WS_PROTOCOLS:-}`.
#[test]
fn an_empty_variable_is_not_set() {
    let help = String::from_utf8(run(&[], &["--help"]).stdout).unwrap();
    let names: Vec<_> = help
        .split("[env: ")
        .skip(1)
        .map(|rest| rest.split(['=', ']']).next().unwrap())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let environment: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    // Nobody listens there: that is found out only by a program that took its options.
    let output = run(&environment, &["--http=127.0.0.1:1", "health"]);
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{log}");
}
