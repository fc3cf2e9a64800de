//! What one core, one machine, one Redis and a cluster carry: calculated from the measurements, not
//! measured itself.

use super::rounded;
use crate::cells::{head, row};
use crate::gateway::Capacity;
use crate::held::Held;
use crate::memory::{AtSize, Form};
use crate::redis_part::{AT_ONCE, Asked, GET, Redis};
use crate::results::All;
use crate::scene::{KEYS, MEMORY, NO_KEYS, REDIS};

const GB: f64 = 1e9;

/// The interval, in seconds, in which the example gateway looks up all of its sessions again.
const RECHECK: f64 = 15.0;

/// The nodes of a cluster that serves as an example.
const NODES: f64 = 6.0;

pub fn capacity(all: &All) -> String {
    let columns = ["", "carries", "worked out as"];
    let mut table = head(&columns, &["---", "---:", "---"]);
    if let Some(measured) = &all.memory {
        embedded(&mut table, &measured.figures);
    }
    if let Some(measured) = &all.gateway {
        cores(&mut table, &measured.figures.rates);
        stay(&mut table, &measured.figures.held);
    }
    if let Some(measured) = &all.redis {
        redis(&mut table, &measured.figures);
    }
    if let Some(gateway) = &all.gateway {
        together(&mut table, &gateway.figures.rates);
    }
    table
}

fn embedded(table: &mut String, sizes: &[AtSize]) {
    let plain = sizes.iter().filter(|at| at.form == Form::Plain);
    let Some(at) = plain.max_by_key(|at| at.users) else {
        return;
    };
    let look_ups = format!("{}/s", rounded(1e9 / at.serialised));
    let what = format!("one core: lookups, embedded store, {} users", at.users);
    row(table, &[&what, &look_ups, "1 : ns of a serialised lookup"]);
    let users = format!("{} M users", rounded(GB / at.resident / 1e6));
    let how = "1 GB : bytes a user in memory";
    row(table, &["1 GB of memory: embedded store", &users, how]);
}

fn cores(table: &mut String, all: &[Capacity]) {
    let few = all.iter().map(|capacity| capacity.report.at_once).min();
    for capacity in all {
        if Some(capacity.report.at_once) == few {
            let Capacity { store, clients, .. } = capacity;
            let what = format!("one core: gateway, {store}, {clients}");
            let rate = format!("{} handshakes/s", rounded(per_core(capacity)));
            row(
                table,
                &[&what, &rate, "1 s : its processor time a handshake"],
            );
        }
    }
}

fn stay(table: &mut String, held: &Held) {
    let clients = format!("{} k clients", rounded(GB / held.bytes / 1e3));
    let how = "1 GB : bytes a client; the system's own for its socket come on top";
    row(
        table,
        &["1 GB of the gateway's memory: idle clients", &clients, how],
    );
}

fn redis(table: &mut String, redis: &Redis) {
    let Some(get) = many(redis) else { return };
    let rate = format!("{} lookups/s", rounded(redis_rate(get)));
    let how = "1 s : its processor time a lookup, where many are on their way";
    row(table, &["one Redis, at most", &rate, how]);
    let sessions = format!("{} M sessions", rounded(RECHECK * redis_rate(get) / 1e6));
    let what = "one Redis that has nothing else to do, at most: sessions looked up again";
    row(table, &[what, &sessions, "lookups of one Redis × 15 s"]);
    let users = format!("{} M users", rounded(GB / redis.bytes / 1e6));
    let how = "1 GB : bytes a user";
    row(table, &["1 GB of memory: Redis", &users, how]);
    let what = format!("a cluster of {NODES} nodes, at most");
    let rate = format!("{} lookups/s", rounded(NODES * redis_rate(get)));
    let how = "as many times one Redis: a user is on one node";
    row(table, &[&what, &rate, how]);
}

fn together(table: &mut String, gateways: &[Capacity]) {
    for clients in [NO_KEYS, KEYS] {
        let is_it = |capacity: &&Capacity| capacity.store == REDIS && capacity.clients == clients;
        let gateway = gateways.iter().find(is_it);
        let both = gateway.and_then(|found| Some((found.gateway_cpu, found.redis_cpu?)));
        if let Some((gateway, redis)) = both {
            let what = format!("one Redis: gateway cores, {clients}");
            let cores = rounded(gateway / redis);
            let how = "processor time a handshake: the gateway's : Redis's beside it";
            row(table, &[&what, &format!("{cores} cores"), how]);
        }
    }
    let is_it = |capacity: &&Capacity| capacity.store == MEMORY && capacity.clients == KEYS;
    if let Some(gateway) = gateways.iter().find(is_it) {
        let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
        let what = format!("a machine of {cores} cores: gateway, {MEMORY}, {KEYS}");
        let rate = format!("{} handshakes/s", rounded(cores * per_core(gateway)));
        row(table, &[&what, &rate, "as many times one core"]);
        let seconds = format!("{} s", rounded(1e6 / per_core(gateway)));
        let what = "one core: 1 M clients come back, embedded store, session keys";
        row(table, &[what, &seconds, "1 M : handshakes of one core"]);
    }
}

/// Per second, if the gateway had the core to itself.
fn per_core(capacity: &Capacity) -> f64 {
    1e6 / capacity.micros(capacity.gateway_cpu)
}

fn many(redis: &Redis) -> Option<&Asked> {
    let mut rows = redis.rows.iter();
    rows.find(|asked| asked.name == GET && asked.at_once == AT_ONCE)
}

fn redis_rate(get: &Asked) -> f64 {
    1e6 / get.redis_cpu
}
