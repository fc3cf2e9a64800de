//! The plots of the page, each with its date, machine and command.

use std::fs;
use std::path::Path;

use crate::gateway::{Capacity, Gateways};
use crate::memory::{AtSize, Form};
use crate::redis_part::Redis;
use crate::results::{All, Measured};
use crate::svg::{Line, bars, lines};
use crate::tables::COMMAND;

pub fn write(folder: &Path, all: &All) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let save = |name: &str, svg: Option<String>| {
        if let Some(svg) = svg {
            fs::write(folder.join(name), svg).expect("the plot can be written");
        }
    };
    save("scaling-users.svg", all.memory.as_ref().map(users));
    save("scaling-redis.svg", all.redis.as_ref().map(redis));
    save("scaling-gateway.svg", all.gateway.as_ref().map(gateway));
}

fn note<T>(measured: &Measured<T>) -> String {
    let Measured {
        date,
        machine,
        part,
        ..
    } = measured;
    format!("{date}, {machine}\n{COMMAND} {part}")
}

fn users(measured: &Measured<Vec<AtSize>>) -> String {
    let line = |name: &str, form: Form, of: fn(&AtSize) -> f64| Line {
        name: name.into(),
        points: measured
            .figures
            .iter()
            .filter(|at| at.form == form)
            .map(|at| (at.users as f64, of(at)))
            .collect(),
    };
    let all = [
        line("plain, serialised", Form::Plain, |at| at.serialised),
        line("digests, serialised", Form::Digest, |at| at.serialised),
        line("plain", Form::Plain, |at| at.overlapping),
        line("digests", Form::Digest, |at| at.overlapping),
    ];
    let title = "A lookup in the embedded store";
    lines(title, ("users", "ns"), &note(measured), &all)
}

fn redis(measured: &Measured<Redis>) -> String {
    let rows = measured.figures.rows.iter();
    let rows: Vec<(String, f64)> = rows
        .map(|asked| {
            let name = format!("{}, {} at once", asked.name, asked.at_once);
            (name, asked.per_second / 1e3)
        })
        .collect();
    let title = "One Redis, asked by one process on the same machine";
    bars(title, "k/s", &note(measured), &rows, &names(&rows))
}

fn gateway(measured: &Measured<Gateways>) -> String {
    let rows = measured.figures.rates.iter();
    let rows: Vec<(String, f64)> = rows
        .map(|capacity| {
            let Capacity { store, clients, .. } = capacity;
            let name = format!("{store}: {clients}, {} at once", capacity.report.at_once);
            (name, capacity.report.handshakes_per_second / 1e3)
        })
        .collect();
    let title = "Handshakes a second, with the load generator on the same machine";
    bars(title, "k/s", &note(measured), &rows, &names(&rows))
}

/// All of them are this crate's.
fn names(rows: &[(String, f64)]) -> Vec<&str> {
    rows.iter().map(|row| row.0.as_str()).collect()
}
