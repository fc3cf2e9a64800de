//! The load generator as a separate process, and its report.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::process::{Gateway, cpu_seconds, examples};

#[derive(Serialize, Deserialize)]
pub struct Report {
    pub count: u64,
    pub at_once: u64,
    pub seconds: f64,
    pub handshakes_per_second: f64,
    pub micros: Quantiles,
    pub welcome: u64,
    pub refused: u64,
    pub wrongly_admitted: u64,
    pub wrongly_refused: u64,
    pub garbled: u64,
    pub attempts_closed: u64,
    pub attempts_unreachable: u64,
    pub attempts_silent: u64,
    pub given_up: u64,
    pub first_trouble: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Quantiles {
    pub p50: f64,
    pub p99: f64,
    #[serde(rename = "p99.9")]
    pub p999: f64,
    pub max: f64,
}

impl Report {
    /// Clients that gave up without an answer.
    pub fn lost(&self) -> u64 {
        let answered = self.welcome + self.refused + self.wrongly_admitted + self.wrongly_refused;
        self.count - answered
    }

    /// Attempts that ended without an answer; their clients retried.
    pub fn in_vain(&self) -> u64 {
        self.attempts_closed + self.attempts_unreachable + self.attempts_silent
    }

    /// Clients that did not get the expected answer.
    pub fn harmed(&self) -> u64 {
        self.lost() + self.wrongly_admitted + self.wrongly_refused
    }
}

/// A storm that is running.
pub struct Storm(Child);

impl Storm {
    pub fn begin(addresses: &[String], arguments: &[String]) -> Self {
        let child = Command::new(&examples().storm)
            .arg("--json")
            .args(addresses)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Storm(child.expect("the load generator starts"))
    }

    /// Whether clients are still connecting.
    pub fn goes_on(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// The report, and the processor time that the load generator used.
    pub fn end(mut self) -> (Report, f64) {
        let mut report = String::new();
        let mut stdout = self.0.stdout.take().expect("piped");
        stdout.read_to_string(&mut report).expect("text");
        // It has ended, or nearly so; its times are available until it is waited for.
        let cpu = cpu_seconds(self.0.id());
        self.0.wait().expect("it ended");
        let report = serde_json::from_str(&report);
        (report.expect("a report"), cpu)
    }
}

/// Registers this many users.
pub fn register(gateway: &Gateway, users: u64) {
    let arguments = [format!("--users={users}"), "--count=1".to_owned()];
    let (report, _) = Storm::begin(&gateway.addresses(false), &arguments).end();
    assert_eq!(report.welcome, 1, "{:?}", report.first_trouble);
}
