//! How long single operations take, by wall-clock time.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// In nanoseconds: a minute, which is longer than anything here takes.
const LONGEST: u64 = 60 * 1_000_000_000;

/// To three digits, in nanoseconds.
pub struct Latency(Histogram<u64>);

#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Micros {
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Latency {
    pub fn new() -> Self {
        Latency(Histogram::new_with_max(LONGEST, 3).expect("three digits are possible"))
    }

    pub fn of<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.record(started.elapsed());
        result
    }

    pub fn record(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanos);
    }

    pub fn add(&mut self, other: &Latency) {
        self.0.add(&other.0).expect("they have one bound");
    }

    pub fn count(&self) -> u64 {
        self.0.len()
    }

    pub fn micros(&self) -> Micros {
        let at = |share| self.0.value_at_quantile(share) as f64 / 1e3;
        Micros {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max() as f64 / 1e3,
        }
    }
}
