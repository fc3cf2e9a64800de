//! The example gateway under the load generator, and which of them, or Redis, has the processor.

use serde::{Deserialize, Serialize};

use crate::held::{self, Held};
use crate::process::{Gateway, cpu_seconds, cpu_seconds_split};
use crate::redis_part::pid;
use crate::redis_server::RedisServer;
use crate::storm::{Report, Storm, register};

pub const MEMORY: &str = "memory";
pub const REDIS: &str = "Redis";

/// Connections at once where there are not many.
const FEW: u64 = 200;
const MANY: u64 = 8_000;

/// Storms of one kind; the one in the middle counts.
const RUNS: usize = 3;

#[derive(Clone, Copy)]
struct Case {
    store: &'static str,
    clients: &'static str,
    /// For the gateway, and for the load generator.
    gateway: &'static str,
    storm: &'static str,
    over_ws: bool,
    at_once: u64,
}

#[derive(Serialize, Deserialize)]
pub struct Capacity {
    pub store: String,
    pub clients: String,
    pub report: Report,
    /// Processor seconds, each.
    pub gateway_cpu: f64,
    /// The part of it that the system spends for it.
    pub gateway_system: f64,
    pub storm_cpu: f64,
    pub redis_cpu: Option<f64>,
}

pub const NO_KEYS: &str = "binary, no keys";
pub const KEYS: &str = "binary, session keys";
pub const JSON: &str = "JSON-RPC";
pub const JSON_WS: &str = "JSON-RPC over WebSocket";

fn cases() -> Vec<Case> {
    let (binary, json) = ("--protocol=binary", "--protocol=json-rpc");
    let kinds = [
        (NO_KEYS, "--no-keys", binary, false, FEW),
        (KEYS, "", binary, false, FEW),
        (JSON, "", json, false, FEW),
        (JSON_WS, "", json, true, FEW),
        (KEYS, "", binary, false, MANY),
    ];
    let with = |store| {
        kinds.map(|(clients, gateway, storm, over_ws, at_once)| Case {
            store,
            clients,
            gateway,
            storm,
            over_ws,
            at_once,
        })
    };
    [with(MEMORY), with(REDIS)].concat()
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
    let redis = (case.store == REDIS)
        .then(|| RedisServer::start_with(&[]).expect("this part needs redis-server"));
    let mut arguments = Vec::new();
    arguments.extend(
        redis
            .as_ref()
            .map(|redis| format!("--store={}", redis.url())),
    );
    arguments.extend(Some(case.gateway.to_owned()).filter(|argument| !argument.is_empty()));
    let gateway = Gateway::start(arguments);
    let users = count.min(10_000);
    register(&gateway, users);
    let cpu = || {
        let redis = redis.as_ref().map(|redis| cpu_seconds(pid(redis)));
        (cpu_seconds_split(gateway.pid()), redis)
    };
    let before = cpu();
    let storm = [
        "--registered".to_owned(),
        "--retry".to_owned(),
        case.storm.to_owned(),
        format!("--users={users}"),
        format!("--count={count}"),
        format!("--at-once={}", case.at_once),
    ];
    let (report, storm_cpu) = Storm::begin(&gateway.addresses(case.over_ws), &storm).end();
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
    /// What so many seconds are to one handshake, in microseconds.
    pub fn micros(&self, seconds: f64) -> f64 {
        let report = &self.report;
        seconds * 1e6 / (report.handshakes_per_second * report.seconds)
    }
}
