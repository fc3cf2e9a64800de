//! The tables, in Markdown: printed, and put into the page.

mod capacity;
mod gateway;
mod limits;
mod machine;
mod memory;
mod profile;
mod redis;

use std::fmt::Write;

use crate::results::All;

pub const COMMAND: &str =
    "cargo run --release --manifest-path benches/scale/Cargo.toml -- --docs docs";

/// Each with its name in the page; only those with figures.
pub fn named(all: &All) -> Vec<(&'static str, String)> {
    let mut tables = vec![
        ("about", machine::about(all)),
        ("limits", limits::limits(all)),
        ("capacity", capacity::capacity(all)),
    ];
    if let Some(measured) = &all.memory {
        tables.push(("memory", memory::users(&measured.figures)));
    }
    if let Some(measured) = &all.threads {
        tables.push(("threads", memory::threads(&measured.figures.two)));
        tables.push(("starvation", memory::writers(&measured.figures.starvation)));
    }
    if let Some(measured) = &all.flood {
        tables.push(("flood", memory::flood(&measured.figures)));
    }
    if let Some(measured) = &all.redis {
        tables.push(("redis", redis::asked(&measured.figures)));
    }
    if let Some(measured) = &all.gateway {
        tables.push(("gateway", gateway::rates(&measured.figures)));
        tables.push(("processor", gateway::processor(&measured.figures.rates)));
    }
    if let Some(measured) = &all.profile {
        tables.push(("profile", profile::profiles(&measured.figures)));
    }
    if let Some(measured) = &all.restart {
        tables.push(("restart", gateway::restarts(&measured.figures)));
    }
    tables
}

pub fn all(all: &All) -> String {
    let mut text = String::new();
    for (name, table) in named(all) {
        let _ = writeln!(text, "\n{name}\n\n{table}");
    }
    text
}

/// To three digits, with spaces between the thousands.
fn rounded(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let unit = 10_f64.powi(value.log10().floor() as i32 - 2);
    let digits = format!("{:.0}", (value / unit).round() * unit);
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
