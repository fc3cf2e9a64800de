//! The example gateway under the load generator, and which of them, or Redis, uses the processor.

use serde::{Deserialize, Serialize};

use crate::held::{self, Held};
use crate::process::{cpu_seconds, cpu_seconds_split};
use crate::redis_part::pid;
use crate::scene::{Case, Scene, cases};
use crate::storm::Report;

/// The number of storms of one kind; the median counts.
const RUNS: usize = 3;

#[derive(Serialize, Deserialize)]
pub struct Capacity {
    pub store: String,
    pub clients: String,
    pub report: Report,
    /// Processor seconds, each.
    pub gateway_cpu: f64,
    /// The part of it that the system uses on its behalf.
    pub gateway_system: f64,
    pub storm_cpu: f64,
    pub redis_cpu: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub struct Gateways {
    pub rates: Vec<Capacity>,
    pub held: Held,
}

pub fn run(quick: bool) -> Gateways {
    let held = held::run(quick);
    let rates = rates(quick);
    Gateways { rates, held }
}

fn rates(quick: bool) -> Vec<Capacity> {
    let (count, runs) = if quick { (2_000, 1) } else { (50_000, RUNS) };
    let capacity = |case| in_the_middle(case, count, runs);
    cases().into_iter().map(capacity).collect()
}

fn in_the_middle(case: Case, count: u64, runs: usize) -> Capacity {
    eprintln!(
        "  {}, {}, {} at once",
        case.store, case.clients, case.at_once
    );
    let mut all: Vec<Capacity> = (0..runs).map(|_| once(case, count)).collect();
    let rate = |capacity: &Capacity| capacity.report.handshakes_per_second;
    all.sort_by(|one, other| rate(one).total_cmp(&rate(other)));
    all.swap_remove(runs / 2)
}

fn once(case: Case, count: u64) -> Capacity {
    let scene = Scene::set(case, count.min(10_000));
    let cpu = || {
        let redis = scene.redis.as_ref();
        let redis = redis.map(|redis| cpu_seconds(pid(redis)));
        (cpu_seconds_split(scene.gateway.pid()), redis)
    };
    let before = cpu();
    let (report, storm_cpu) = scene.storm(count);
    let after = cpu();
    let system = after.0.1 - before.0.1;
    Capacity {
        store: case.store.into(),
        clients: case.clients.into(),
        report,
        gateway_cpu: after.0.0 - before.0.0 + system,
        gateway_system: system,
        storm_cpu,
        redis_cpu: after.1.zip(before.1).map(|(after, before)| after - before),
    }
}

impl Capacity {
    /// Converts these seconds to microseconds for one handshake.
    pub fn micros(&self, seconds: f64) -> f64 {
        let report = &self.report;
        seconds * 1e6 / (report.handshakes_per_second * report.seconds)
    }
}
