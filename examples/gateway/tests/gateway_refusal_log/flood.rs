//! Many refusals of clients that said who they are.

use std::collections::BTreeMap;
use std::thread;

use wukongim_test_support::client::Hello;
use wukongim_test_support::gateway_process::GatewayProcess;

use super::refusals::{field, say};
use super::{totals, wait_for};

/// Refusals in all, and by how many clients at the same time.
const FLOOD: usize = 3_000;
const AT_ONCE: usize = 20;

/// More would be a line for some of them.
const MAX_LOG: usize = 32 * 1024;

fn wait_for_rejections(gateway: &GatewayProcess, label: &str, count: usize) {
    let name = "wukongim_handshakes_total";
    wait_for(gateway, &format!("{name}{{outcome=\"{label}\"}} {count}"));
}

#[test]
fn a_flood_is_a_few_lines_and_counts_that_add_up() {
    let gateway = GatewayProcess::start(&[]);
    gateway.issue("alice", "s3cret", 0, 0);
    let wrong = Hello::new("wrong").connect("");
    let unknown = Hello {
        uid: "mallory",
        ..Hello::new("wrong")
    };
    let unknown = unknown.connect("");
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                for _ in 0..FLOOD / AT_ONCE / 2 {
                    say(gateway.tcp, &wrong);
                    say(gateway.tcp, &unknown);
                }
            });
        }
    });
    for label in ["mismatch", "not_issued"] {
        wait_for_rejections(&gateway, label, FLOOD / 2);
    }
    let log = gateway.log_to_its_end();
    println!(
        "{FLOOD} refusals: {} bytes, {} lines",
        log.len(),
        log.lines().count()
    );
    assert!(log.len() < MAX_LOG, "{} bytes", log.len());
    // Each rejection is one event, with its diagnosis.
    let expected = ["mismatch", "not_issued"].map(|label| (label.to_owned(), FLOOD / 2));
    assert_eq!(totals(&log), BTreeMap::from(expected));
    for label in ["mismatch", "not_issued"] {
        let is_it = |line: &&str| field(line, "label") == Some(label);
        let mut lines = log.lines().filter(is_it);
        assert!(
            lines.any(|line| line.contains("token verify fail")),
            "{label}"
        );
    }
}

#[test]
fn how_many_are_written_is_a_choice() {
    for (wanted, written) in [("0", 0), ("1000", 30)] {
        let gateway = GatewayProcess::start(&["--log-refusals", wanted]);
        for _ in 0..30 {
            say(gateway.tcp, &Hello::new("wrong").connect(""));
        }
        wait_for_rejections(&gateway, "not_issued", 30);
        let log = gateway.log_to_its_end();
        let lines = log
            .lines()
            .filter(|line| line.contains("token verify fail"));
        assert_eq!(lines.count(), written, "{log}");
        assert_eq!(
            totals(&log),
            BTreeMap::from([("not_issued".to_owned(), 30)])
        );
    }
}
