//! The limits that this crate should meet, and whether the run shows that it does.

use crate::results::Results;
use crate::{comparisons, crowd, decoders, keys, refusals, threads, tokens, whole};

pub struct Limit {
    pub what: String,
    pub measured: f64,
    pub at_most: f64,
    /// For values of which more is better.
    pub at_least: bool,
    pub unit: &'static str,
}

impl Limit {
    pub fn is_met(&self) -> bool {
        if self.at_least {
            self.measured >= self.at_most
        } else {
            self.measured <= self.at_most
        }
    }
}

pub fn all(results: &Results) -> Vec<Limit> {
    let mut limits = reading(results);
    limits.extend(comparing(results));
    limits.extend(whole_path(results));
    limits.extend(beyond(results));
    limits.extend(refusing(results));
    limits
}

fn reading(results: &Results) -> Vec<Limit> {
    let times = |peer| results.ns(decoders::OURS) / results.ns(peer);
    let mut limits = vec![
        ratio(
            "decode CONNECT : mqttbytes",
            times(decoders::MQTTBYTES),
            0.2,
        ),
        ratio("decode CONNECT : mqttrs", times(decoders::MQTTRS), 1.2),
    ];
    limits.extend(instructions(results, decoders::OURS, 450.0));
    limits
}

fn comparing(results: &Results) -> Vec<Limit> {
    let counts: Vec<(usize, u64)> = results
        .group(comparisons::GROUP)
        .filter_map(|figure| Some((figure.bytes?, figure.instructions?)))
        .collect();
    let Some(most) = counts.iter().map(|(_, count)| *count).max() else {
        return Vec::new();
    };
    let spread = |len| {
        let of_len = counts
            .iter()
            .filter(|count| count.0 == len)
            .map(|count| count.1);
        of_len.clone().max().unwrap_or(0) - of_len.min().unwrap_or(0)
    };
    let spread = counts
        .iter()
        .map(|(len, _)| spread(*len))
        .max()
        .unwrap_or(0);
    vec![
        limit(
            "compare, up to 64 bytes",
            most as f64,
            100.0,
            "instructions",
        ),
        limit(
            "compare: differences by what is stored",
            spread as f64,
            0.0,
            "instructions",
        ),
    ]
}

fn whole_path(results: &Results) -> Vec<Limit> {
    let times = |name, peer| results.ns(name) / results.ns(peer);
    let mut limits = vec![
        ratio(
            "whole path : rumqttc's decode",
            times(whole::WHOLE, decoders::RUMQTTC),
            1.1,
        ),
        ratio(
            "whole path : jsonwebtoken 9",
            times(whole::WHOLE, tokens::JWT_9),
            0.15,
        ),
    ];
    limits.extend(allocations(results, whole::WHOLE, 0.0));
    limits.push(ratio(
        "JSON-RPC : jsonwebtoken 9",
        times(whole::JSON_RPC, tokens::JWT_9),
        1.0 / 1.5,
    ));
    limits.extend(allocations(results, whole::JSON_RPC, 2.0));
    limits.push(ratio(
        "whole path with keys : ring's key generation and agreement",
        times(whole::WITH_KEYS, keys::RING),
        1.05,
    ));
    limits
}

fn beyond(results: &Results) -> Vec<Limit> {
    // Creating the uid is part of the benchmark, on both sides.
    let making = results.ns(crowd::MAKING);
    let grown = results.growth.iter().flat_map(|growth| &growth.users);
    // Measured by themselves: between other operations, the first one finds cold caches.
    let (whole, look_up) = match grown.clone().find(|at| at.users == crowd::MILLION) {
        Some(at) => (at.whole_serialised, at.look_up_serialised),
        None => (results.ns(crowd::WHOLE), results.ns(crowd::LOOK_UP)),
    };
    let mut limits = vec![ratio(
        "1 M users, whole path : lookup",
        (whole - making) / (look_up - making),
        1.3,
    )];
    let two = results
        .threads
        .iter()
        .find(|threads| threads.name == threads::WHOLE);
    limits.extend(two.map(|two| Limit {
        at_least: true,
        ..ratio("1 M users, two threads : one", two.ratio, 1.8)
    }));
    limits
}

fn refusing(results: &Results) -> Vec<Limit> {
    let worst = |group, what: &str, at_most| {
        let rows = refusals(results, group);
        let worst = rows
            .iter()
            .max_by(|a, b| a.per_byte.total_cmp(&b.per_byte))
            .expect("rows");
        ratio(&format!("{what} ({})", worst.name), worst.per_byte, at_most)
    };
    vec![
        worst(refusals::REFUSED, "refused : accepted, per byte sent", 4.0),
        worst(
            refusals::DIAGNOSED,
            "refused and diagnosed : accepted, per byte sent",
            3.5,
        ),
        worst(refusals::GARBAGE, "garbage : accepted, per byte sent", 4.0),
    ]
}

/// A kind of rejection, compared with a similar request that is accepted.
pub struct Refusal {
    pub name: String,
    pub bytes: usize,
    pub ns: f64,
    pub like: &'static str,
    /// How many times the work of the accepted one, for each byte sent.
    pub per_byte: f64,
}

pub fn refusals(results: &Results, group: &str) -> Vec<Refusal> {
    let work = |name: &str| {
        let figure = results.figure(name);
        let bytes = figure.bytes.expect("what is sent is known");
        (figure.ns, bytes, figure.ns / bytes as f64)
    };
    let kinds = refusals::kinds().into_iter().filter(|kind| {
        kind.group == group || (group == refusals::DIAGNOSED && kind.group == refusals::REFUSED)
    });
    let row = |kind: refusals::Kind| {
        let name = match group {
            refusals::DIAGNOSED => refusals::diagnosed(&kind.name),
            _ => kind.name.clone(),
        };
        let (ns, bytes, per_byte) = work(&name);
        let per_byte = per_byte / work(kind.like.name()).2;
        Refusal {
            name: kind.name,
            bytes,
            ns,
            like: kind.like.name(),
            per_byte,
        }
    };
    kinds.map(row).collect()
}

fn ratio(what: &str, measured: f64, at_most: f64) -> Limit {
    limit(what, measured, at_most, "×")
}

fn limit(what: &str, measured: f64, at_most: f64, unit: &'static str) -> Limit {
    Limit {
        what: what.into(),
        measured,
        at_most,
        at_least: false,
        unit,
    }
}

fn instructions(results: &Results, name: &str, at_most: f64) -> Option<Limit> {
    let count = results.figure(name).instructions?;
    Some(limit(name, count as f64, at_most, "instructions"))
}

fn allocations(results: &Results, name: &str, at_most: f64) -> Option<Limit> {
    let count = results.figure(name).allocations?;
    Some(limit(name, count, at_most, "allocations"))
}
