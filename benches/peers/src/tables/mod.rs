//! The tables, in Markdown: printed, and put into the page.

mod cells;
mod growth;

use std::fmt::Write;

use self::cells::{head, ns, row};
use self::growth::growth;
use crate::limits::{self, Refusal, refusals};
use crate::refusals::{ACCEPTED, DIAGNOSED, GARBAGE, REFUSED};
use crate::results::{Figure, Results};
use crate::{comparisons, crowd, decoders, keys, stages, whole};

/// Each with its name in the page.
pub fn named(results: &Results) -> Vec<(&'static str, String)> {
    let mut tables = vec![
        ("about", about(results)),
        ("limits", limits(results)),
        ("peers", peers(results)),
        ("decoders", decoders(results)),
        ("stages", figures(results.group(stages::GROUP))),
        ("compare", figures(results.group(comparisons::GROUP))),
        ("keys", figures(results.group(keys::GROUP))),
        ("crowd", crowd(results)),
        ("accepted", figures(results.group(ACCEPTED))),
        ("refused", refused(&refusals(results, REFUSED))),
        ("garbage", refused(&refusals(results, GARBAGE))),
        ("diagnosed", refused(&refusals(results, DIAGNOSED))),
    ];
    tables.extend(results.growth.as_ref().map(growth).into_iter().flatten());
    tables
}

pub fn all(results: &Results) -> String {
    let mut text = String::new();
    for (name, table) in named(results) {
        let _ = writeln!(text, "\n{name}\n\n{table}");
    }
    text
}

fn about(results: &Results) -> String {
    let Results {
        date,
        machine,
        rustc,
        command,
        rounds,
        ..
    } = results;
    format!(
        "{date}, {machine}; {rustc}, `lto = \"fat\"`, baseline x86-64; medians of {rounds} rounds.\n\n\
         ```sh\n{command}\n```\n"
    )
}

fn limits(results: &Results) -> String {
    let mut table = head(
        &["", "measured", "limit", ""],
        &["---", "---:", "---:", "---"],
    );
    for limit in limits::all(results) {
        let bound = if limit.at_least {
            "at least"
        } else {
            "at most"
        };
        let met = if limit.is_met() { "met" } else { "**not met**" };
        let unit = limit.unit;
        let number = |value: f64| match unit {
            "×" => format!("{value:.3} ×"),
            _ => format!("{value:.0} {unit}"),
        };
        let (measured, at) = (number(limit.measured), number(limit.at_most));
        row(
            &mut table,
            &[&limit.what, &measured, &format!("{bound} {at}"), met],
        );
    }
    table
}

fn peers(results: &Results) -> String {
    let ours = results.ns(whole::WHOLE);
    let rows = results.group("whole path").chain(results.group("tokens"));
    beside(rows, ours, "whole path = 1")
}

fn decoders(results: &Results) -> String {
    beside(
        results.group("decoders"),
        results.ns(decoders::OURS),
        "ours = 1",
    )
}

fn beside<'a>(figures: impl Iterator<Item = &'a Figure>, ours: f64, title: &str) -> String {
    let columns = ["", "ns", title, "instructions", "allocations", "bytes read"];
    let mut table = head(&columns, &["---", "---:", "---:", "---:", "---:", "---:"]);
    for figure in figures {
        let bytes = figure
            .bytes
            .map_or(String::new(), |bytes| bytes.to_string());
        let times = format!("{:.2}", figure.ns / ours);
        let (ns, count, allocations) = (ns(figure.ns), count(figure), allocations(figure));
        row(
            &mut table,
            &[&figure.name, &ns, &times, &count, &allocations, &bytes],
        );
    }
    table
}

fn figures<'a>(figures: impl Iterator<Item = &'a Figure>) -> String {
    let columns = ["", "ns", "middle half", "instructions", "allocations"];
    let mut table = head(&columns, &["---", "---:", "---:", "---:", "---:"]);
    for figure in figures {
        let (low, high) = figure.quartiles;
        let middle = format!("{}–{}", ns(low), ns(high));
        let (ns, count, allocations) = (ns(figure.ns), count(figure), allocations(figure));
        row(
            &mut table,
            &[&figure.name, &ns, &middle, &count, &allocations],
        );
    }
    table
}

fn crowd(results: &Results) -> String {
    let mut table = head(
        &["", "ns", "less the making of the uid"],
        &["---", "---:", "---:"],
    );
    let making = results.ns(crowd::MAKING);
    for figure in results.group(crowd::GROUP) {
        row(
            &mut table,
            &[&figure.name, &ns(figure.ns), &ns(figure.ns - making)],
        );
    }
    let columns = ["", "one thread, M/s", "two, M/s", "two : one"];
    table += "\n";
    table += &head(&columns, &["---", "---:", "---:", "---:"]);
    for threads in &results.threads {
        let million = |rate: f64| format!("{:.2}", rate / 1e6);
        let ratio = format!("{:.2}", threads.ratio);
        row(
            &mut table,
            &[
                &threads.name,
                &million(threads.one),
                &million(threads.two),
                &ratio,
            ],
        );
    }
    table
}

fn refused(rows: &[Refusal]) -> String {
    let columns = ["", "bytes sent", "ns", "beside", "× its work per byte"];
    let mut table = head(&columns, &["---", "---:", "---:", "---", "---:"]);
    for refusal in rows {
        let (bytes, per_byte) = (
            refusal.bytes.to_string(),
            format!("{:.2}", refusal.per_byte),
        );
        row(
            &mut table,
            &[
                &refusal.name,
                &bytes,
                &ns(refusal.ns),
                refusal.like,
                &per_byte,
            ],
        );
    }
    table
}

fn count(figure: &Figure) -> String {
    figure
        .instructions
        .map_or(String::new(), |count| count.to_string())
}

fn allocations(figure: &Figure) -> String {
    figure
        .allocations
        .map_or(String::new(), |count| format!("{count:.0}"))
}
