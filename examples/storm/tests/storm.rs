//! The load generator: it finds what is wrong, and nothing where nothing is.
#![cfg(unix)]

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::help::{is_chinese, untranslated};
use wukongim_test_support::redis_server::RedisServer;

fn storm(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wukongim-storm"));
    command.arg("--json").args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn against(gateway: &GatewayProcess, over_ws: bool) -> [String; 2] {
    let to = if over_ws { gateway.ws } else { gateway.tcp };
    [format!("--http={}", gateway.http), format!("--to={to}")]
}

/// The report, and whether the storm was content.
fn report(output: &Output) -> (Value, bool) {
    let out = String::from_utf8_lossy(&output.stdout);
    let says = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{says}"));
    (report, output.status.success())
}

#[test]
fn every_client_gets_what_it_is_owed() {
    let gateway = GatewayProcess::start(&[]);
    for (over_ws, protocol) in [
        (false, "binary"),
        (true, "binary"),
        (false, "json-rpc"),
        (true, "json-rpc"),
    ] {
        let [http, to] = against(&gateway, over_ws);
        let protocol = format!("--protocol={protocol}");
        let mut arguments = vec![&*http, &to, &protocol, "--count=400", "--at-once=20"];
        arguments.extend(["--users=30", "--wrong=25"]);
        if over_ws {
            arguments.push("--ws");
        }
        let output = storm(&arguments).output().unwrap();
        let (report, is_content) = report(&output);
        assert!(is_content, "{report}");
        assert_eq!(
            (&report["welcome"], &report["refused"]),
            (&300.into(), &100.into())
        );
        assert!(report["micros"]["p50"].as_u64() <= report["micros"]["max"].as_u64());
    }
}

#[test]
fn a_rate_is_kept() {
    let gateway = GatewayProcess::start(&[]);
    let [http, to] = against(&gateway, false);
    let mut command = storm(&[&http, &to, "--count=60", "--rate=50", "--users=1"]);
    let (report, is_content) = report(&command.output().unwrap());
    assert!(is_content, "{report}");
    assert!(
        report["seconds"].as_f64().unwrap() >= 59.0 / 50.0,
        "{report}"
    );
}

/// Users that nobody registered, and a store that cannot tell.
#[test]
fn what_is_wrong_is_counted_and_makes_it_fail() {
    let file = std::env::temp_dir().join(format!("storm-fault-{}", std::process::id()));
    let store = format!("--store=faulty:{}", file.display());
    let gateway = GatewayProcess::start(&[&store]);
    let [http, to] = against(&gateway, false);
    let strangers = [&*http, &to, "--count=50", "--registered"];
    let (stranger, is_content) = report(&storm(&strangers).output().unwrap());
    assert!(!is_content);
    assert_eq!(stranger["wrongly_refused"], 50);
    assert_eq!(
        stranger["first_trouble"],
        "a client was refused with reason 2"
    );

    let registering = [&*http, &to, "--count=1", "--users=10"];
    assert!(report(&storm(&registering).output().unwrap()).1);
    std::fs::write(&file, "").unwrap();
    let known = [&*http, &to, "--count=50", "--users=10", "--registered"];
    let (faulty, is_content) = report(&storm(&known).output().unwrap());
    assert!(!is_content);
    assert_eq!(
        (&faulty["attempts_closed"], &faulty["given_up"]),
        (&50.into(), &50.into())
    );

    let patient = storm(&[&known[..], &["--retry"]].concat()).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    std::fs::remove_file(&file).unwrap();
    let (healed, is_content) = report(&patient.wait_with_output().unwrap());
    assert!(is_content, "{healed}");
    assert_eq!(healed["welcome"], 50);
    let longest = healed["micros"]["max"].as_u64().unwrap();
    assert!(longest > 100_000, "the wait is in it: {healed}");
}

/// Clients come while the gateway is down, and it is killed once more while they are coming.
#[test]
fn a_storm_after_a_restart_loses_nobody() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let store = format!("--store={}", redis.url());
    let gateway = GatewayProcess::start(&[&store]);
    let [http, to] = against(&gateway, false);
    let [same_http, same_tcp] = [&gateway.http, &gateway.tcp].map(ToString::to_string);
    let again = [
        &*store,
        &format!("--http={same_http}"),
        &format!("--tcp={same_tcp}"),
    ];
    let registering = [&*http, &to, "--count=1", "--users=100"];
    assert!(report(&storm(&registering).output().unwrap()).1);
    drop(gateway);

    let mut arguments = vec![&*http, &to, "--registered", "--retry", "--users=100"];
    arguments.extend(["--count=3000", "--at-once=300", "--wrong=10"]);
    let storm = storm(&arguments).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    let gateway = GatewayProcess::start(&again);
    thread::sleep(Duration::from_millis(700));
    drop(gateway);
    let _gateway = GatewayProcess::start(&again);
    let (report, is_content) = report(&storm.wait_with_output().unwrap());
    assert!(is_content, "{report}");
    assert_eq!(
        (&report["welcome"], &report["refused"]),
        (&2700.into(), &300.into())
    );
    assert!(
        report["attempts_unreachable"].as_u64().unwrap() >= 300,
        "{report}"
    );
}

#[test]
fn other_machines_and_more_than_is_allowed_are_refused() {
    for (arguments, says) in [
        (&["--to=192.0.2.1:5100"][..], "a storm is for loopback only"),
        (&["--http=10.0.0.1:5001"], "a storm is for loopback only"),
        (&["--count=100001"], "100001 is not in 1..=100000"),
        (&["--at-once=8001"], "8001 is not in 1..=8000"),
        (&["--within=601"], "not a number of seconds from 1 to 600"),
    ] {
        let output = storm(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(says), "{error}");
        // The range of a number is clap's own.
        assert!(error.contains("is not in") || is_chinese(&error), "{error}");
    }
}

#[test]
fn the_help_is_in_both_languages() {
    let help = storm(&["--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    assert!(help.contains("--at-once"), "{help}");
    assert_eq!(untranslated(&help), [""; 0]);
}
