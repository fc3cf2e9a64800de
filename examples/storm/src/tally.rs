//! The results.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::handshake::Outcome;
use crate::options::Options;
use crate::plan::Client;

/// Collects counts and times.
pub struct Tally {
    micros: Histogram<u64>,
    welcome: u64,
    refused: u64,
    wrongly_admitted: u64,
    wrongly_refused: u64,
    garbled: u64,
    closed: u64,
    unreachable: u64,
    silent: u64,
    given_up: u64,
    /// The first unexpected result.
    example: Option<String>,
}

/// In microseconds: twice as long as a storm may take.
const LONGEST: u64 = 2 * 600 * 1_000_000;

/// The reason of every rejection of a token (PROTOCOL §4).
const AUTH_FAIL: u64 = 2;

impl Tally {
    pub fn new() -> Self {
        Tally {
            // Three digits, from a microsecond on. The upper bound must be given: without it, all
            // values would be counted as the first one.
            micros: Histogram::new_with_max(LONGEST, 3).expect("three digits are possible"),
            welcome: 0,
            refused: 0,
            wrongly_admitted: 0,
            wrongly_refused: 0,
            garbled: 0,
            closed: 0,
            unreachable: 0,
            silent: 0,
            given_up: 0,
            example: None,
        }
    }

    /// Counts one attempt, with the time that its client has been waiting so far.
    pub fn count(&mut self, outcome: &Outcome, client: &Client, waited: Duration) {
        let (counter, example) = match (outcome, client.is_right) {
            (Outcome::Success, true) => (&mut self.welcome, None),
            (Outcome::Refused(AUTH_FAIL), false) => (&mut self.refused, None),
            (Outcome::Success, false) => (
                &mut self.wrongly_admitted,
                Some("a wrong token was accepted".to_owned()),
            ),
            (Outcome::Refused(reason), _) => (
                &mut self.wrongly_refused,
                Some(format!("a client was refused with reason {reason}")),
            ),
            (Outcome::Closed, _) => (&mut self.closed, None),
            (Outcome::Unreachable(error), _) => (&mut self.unreachable, Some(error.to_string())),
            (Outcome::Silent, _) => (&mut self.silent, None),
            (Outcome::Garbled(what), _) => (&mut self.garbled, Some(what.clone())),
        };
        *counter += 1;
        if matches!(outcome, Outcome::Success | Outcome::Refused(_)) {
            let micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
            self.micros.saturating_record(micros);
        }
        self.example = self.example.take().or(example);
    }

    /// Counts a client that gave up without an answer.
    pub fn give_up(&mut self) {
        self.given_up += 1;
    }

    pub fn report(&self, options: &Options, took: Duration) -> Report {
        let answered = self.welcome + self.refused + self.wrongly_admitted + self.wrongly_refused;
        Report {
            wanted: options.count,
            answered,
            given_up: self.given_up + self.garbled,
            wrong: self.wrongly_admitted + self.wrongly_refused + self.garbled,
            fields: json!({
                "count": options.count,
                "at_once": options.at_once,
                "seconds": took.as_secs_f64(),
                "handshakes_per_second": answered as f64 / took.as_secs_f64(),
                "micros": {
                    "p50": self.micros.value_at_quantile(0.5),
                    "p99": self.micros.value_at_quantile(0.99),
                    "p99.9": self.micros.value_at_quantile(0.999),
                    "max": self.micros.max(),
                },
                "welcome": self.welcome,
                "refused": self.refused,
                "wrongly_admitted": self.wrongly_admitted,
                "wrongly_refused": self.wrongly_refused,
                "garbled": self.garbled,
                "attempts_closed": self.closed,
                "attempts_unreachable": self.unreachable,
                "attempts_silent": self.silent,
                "given_up": self.given_up,
                "first_trouble": self.example,
            }),
        }
    }
}

/// For people, or as JSON.
pub struct Report {
    wanted: u64,
    answered: u64,
    given_up: u64,
    wrong: u64,
    fields: Value,
}

impl Report {
    /// Whether every client got an answer, and the right one.
    pub fn is_as_it_should_be(&self) -> bool {
        self.wrong == 0 && self.given_up == 0 && self.answered == self.wanted
    }

    pub fn json(&self) -> &Value {
        &self.fields
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |name: &str| self.fields[name].as_f64().unwrap_or_default();
        let millis = |name: &str| self.fields["micros"][name].as_f64().unwrap_or_default() / 1e3;
        writeln!(
            f,
            "{} handshakes in {:.1} s: {:.0}/s",
            self.answered,
            number("seconds"),
            number("handshakes_per_second")
        )?;
        let [p50, p99, p999, max] = ["p50", "p99", "p99.9", "max"].map(millis);
        writeln!(
            f,
            "  answer after  p50 {p50:.1} ms, p99 {p99:.1} ms, p99.9 {p999:.1} ms, max {max:.1} ms"
        )?;
        let counts = |names: &[&str]| {
            let count = |name: &&str| format!("{} {}", name.replace('_', " "), number(name));
            names.iter().map(count).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "  as owed       {}", counts(&["welcome", "refused"]))?;
        writeln!(
            f,
            "  attempts      {}",
            counts(&["attempts_closed", "attempts_unreachable", "attempts_silent"])
        )?;
        write!(
            f,
            "  wrong         {}",
            counts(&["wrongly_admitted", "wrongly_refused", "garbled", "given_up"])
        )?;
        match self.fields["first_trouble"].as_str() {
            Some(trouble) => write!(f, "\n  first trouble {trouble}"),
            None => Ok(()),
        }
    }
}

/// Drawn only on a terminal.
pub fn bar(len: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec} {eta}");
    let bar = ProgressBar::new(len).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
