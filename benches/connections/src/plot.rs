//! The plot of the page, with its date, machine and command.

use std::fs;
use std::path::Path;

use crate::contenders::{AWS_LC, JSON_RPC, NO_KEYS, RING};
use crate::results::Results;
use crate::svg::bars;

pub fn write(folder: &Path, results: &Results) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let note = format!("{}, {}\n{}", results.date, results.machine, results.command);
    let servers = results.servers.iter();
    let rows: Vec<_> = servers
        .map(|server| (server.name.clone(), server.cpu_micros[1]))
        .collect();
    let title = "The server's processor time for a handshake";
    let svg = bars(
        title,
        "µs",
        &note,
        &rows,
        &[NO_KEYS, JSON_RPC, RING, AWS_LC],
    );
    fs::write(folder.join("connections.svg"), svg).expect("the plot can be written");
}
