//! Clients that keep coming: the load generator, over and over, with a client for each user.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::program::program;

/// Of a hundred clients so many have a wrong token.
const WRONG: u64 = 10;

/// How often all users are registered at most.
const ATTEMPTS: usize = 10;

pub struct Storm<'a> {
    guard: &'a GatewayProcess,
    users: u64,
    options: Vec<String>,
    running: Child,
    closed: u64,
}

impl<'a> Storm<'a> {
    /// Of users that are registered, at this rate a second.
    pub fn begin(guard: &'a GatewayProcess, users: u64, rate: Option<u64>) -> Self {
        let mut options = vec!["--registered".to_owned(), format!("--count={users}")];
        options.extend(rate.map(|rate| format!("--rate={rate}")));
        Storm {
            guard,
            users,
            running: begin(guard, users, &options),
            options,
            closed: 0,
        }
    }

    /// Begins anew if all have come: how long that takes is the machine's affair.
    pub fn goes_on(&mut self) {
        if self.running.try_wait().unwrap().is_some() {
            let anew = begin(self.guard, self.users, &self.options);
            let ended = std::mem::replace(&mut self.running, anew);
            self.closed += closed(end(ended, self.users));
        }
    }

    /// Waits until all have come; gives how often one was closed without an answer.
    pub fn end(self) -> u64 {
        self.closed + closed(end(self.running, self.users))
    }
}

/// Registers the users, and lets one of them in. A store that was slow answers 503: as the guard's page
/// says, the request is sent again.
pub fn register(guard: &GatewayProcess, users: u64) {
    let is_done = || {
        let storm = begin(guard, users, &["--count=1".to_owned()]);
        storm.wait_with_output().unwrap().status.success()
    };
    assert!((0..ATTEMPTS).any(|_| is_done()), "never registered");
}

fn begin(guard: &GatewayProcess, users: u64, more: &[String]) -> Child {
    let mut storm = Command::new(program("wukongim-storm"));
    storm.args(["--json", "--retry", "--within=300"]).args(more);
    storm.args([
        format!("--http={}", guard.http),
        format!("--to={}", guard.tcp),
    ]);
    storm.args([format!("--users={users}"), format!("--wrong={WRONG}")]);
    storm.stdout(Stdio::piped()).stderr(Stdio::inherit());
    storm.spawn().unwrap()
}

/// Its report, in which everybody got what he was owed.
fn end(storm: Child, users: u64) -> Value {
    let output = storm.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{report}");
    let wrong = ["wrongly_admitted", "wrongly_refused", "garbled", "given_up"];
    for name in wrong {
        assert_eq!(report[name], 0, "{name} in {report}");
    }
    let refused = users * WRONG / 100;
    let owed = (json!(users - refused), json!(refused));
    assert_eq!((report["welcome"].clone(), report["refused"].clone()), owed);
    report
}

fn closed(report: Value) -> u64 {
    report["attempts_closed"].as_u64().unwrap()
}
