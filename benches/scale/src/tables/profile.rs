//! Where the gateway's time goes.

use crate::cells::{head, row};
use crate::profile::{Group, Profile};

/// A row for each group that is at least half a percent somewhere.
pub fn profiles(all: &[Profile]) -> String {
    let case = |at: &Profile| format!("{}: {}, {} at once", at.store, at.clients, at.at_once);
    let cases = all.iter().map(case);
    let columns: Vec<String> = [String::new()].into_iter().chain(cases).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let lines = ["---"].into_iter().chain(all.iter().map(|_| "---:"));
    let mut table = head(&columns, &lines.collect::<Vec<_>>());
    for (at, group) in Group::ALL.into_iter().enumerate() {
        let shares: Vec<f64> = all.iter().map(|profile| profile.shares[at]).collect();
        if shares.iter().any(|share| *share >= 0.005) {
            let percent = shares.iter().map(|share| format!("{:.0} %", share * 100.0));
            line(&mut table, group.to_string(), percent);
        }
    }
    let samples = all.iter().map(|profile| profile.samples.to_string());
    line(&mut table, "samples".into(), samples);
    table
}

fn line(table: &mut String, name: String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = [name].into_iter().chain(cells).collect();
    row(table, &cells.iter().map(String::as_str).collect::<Vec<_>>());
}
