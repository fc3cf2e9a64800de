//! What happened, counted, and what should not have.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub struct Ledger {
    begin: Instant,
    counts: Mutex<BTreeMap<String, u64>>,
    faults: Mutex<Vec<String>>,
    ends: Mutex<Vec<Duration>>,
    control: Mutex<Option<String>>,
}

impl Ledger {
    pub fn new(control: Option<String>) -> Self {
        Ledger {
            begin: Instant::now(),
            counts: Mutex::default(),
            faults: Mutex::default(),
            ends: Mutex::default(),
            control: Mutex::new(control),
        }
    }

    pub fn add(&self, what: impl Into<String>) {
        *self.counts.lock().unwrap().entry(what.into()).or_default() += 1;
    }

    pub fn count(&self, what: &str) -> u64 {
        self.counts.lock().unwrap().get(what).copied().unwrap_or(0)
    }

    /// At once on stderr too: half an hour is long.
    pub fn fault(&self, kind: &str, what: &str) {
        let line = format!("{:?} {kind}: {what}", self.begin.elapsed());
        eprintln!("{line}");
        self.add(format!("FAULT: {kind}"));
        self.faults.lock().unwrap().push(line);
    }

    pub fn note(&self, what: &str) {
        eprintln!("{:?} {what}", self.begin.elapsed());
    }

    pub fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }

    /// How long a session stood that had to end.
    pub fn ended_after(&self, time: Duration) {
        self.add("ended in time");
        self.ends.lock().unwrap().push(time);
    }

    /// Whether this control is asked for, and is still to happen: once.
    pub fn takes_control(&self, name: &str) -> bool {
        let mut control = self.control.lock().unwrap();
        control.take_if(|control| control == name).is_some()
    }

    pub fn table(&self) -> String {
        let mut table = String::new();
        for (what, count) in self.counts.lock().unwrap().iter() {
            writeln!(table, "| {what} | {count} |").unwrap();
        }
        let mut ends = self.ends.lock().unwrap();
        ends.sort();
        for (name, part) in [("half", 50), ("99 of 100", 99), ("all", 100)] {
            let at = (ends.len() * part / 100).saturating_sub(1);
            if let Some(time) = ends.get(at) {
                writeln!(
                    table,
                    "| {name} of those that had to end, after | {time:?} |"
                )
                .unwrap();
            }
        }
        table
    }
}
