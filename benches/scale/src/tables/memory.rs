//! The tables of the embedded store.

use super::rounded;
use crate::cells::{head, ns, row};
use crate::flood::Flood;
use crate::memory::{AtSize, Form};
use crate::pair::Threads;
use crate::starvation::Starvation;

pub fn users(sizes: &[AtSize]) -> String {
    let columns = [
        "users",
        "kept as",
        "bytes a user, allocated",
        "in memory",
        "lookup, serialised, ns",
        "lookup, ns",
    ];
    let mut table = head(&columns, &["---:", "---", "---:", "---:", "---:", "---:"]);
    for at in sizes {
        let form = match at.form {
            Form::Plain => "plain",
            Form::Digest => "digest",
        };
        let cells = [
            at.users.to_string(),
            form.into(),
            format!("{:.0}", at.bytes),
            format!("{:.0}", at.resident),
            ns(at.serialised),
            ns(at.overlapping),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

pub fn threads(rows: &[Threads]) -> String {
    let columns = ["", "one thread, M/s", "two, M/s", "two : one"];
    let mut table = head(&columns, &["---", "---:", "---:", "---:"]);
    for threads in rows {
        let million = |rate: f64| format!("{:.2}", rate / 1e6);
        let cells = [
            threads.name.clone(),
            million(threads.one),
            million(threads.two),
            format!("{:.2}", threads.ratio),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

pub fn writers(rows: &[Starvation]) -> String {
    let columns = [
        "two readers and a writer",
        "reads/s",
        "writes/s",
        "a write, µs: p50",
        "p99",
        "p99.9",
        "longest",
    ];
    let mut table = head(
        &columns,
        &["---", "---:", "---:", "---:", "---:", "---:", "---:"],
    );
    for among in rows {
        let micros = |value: f64| format!("{value:.1}");
        let cells = [
            among.name.clone(),
            rounded(among.reads_per_second),
            rounded(among.writes_per_second),
            micros(among.write.p50),
            micros(among.write.p99),
            micros(among.write.p999),
            micros(among.write.max),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

pub fn flood(flood: &Flood) -> String {
    let columns = [
        "uids are hashed with",
        "lookup, ns: ordinary uids",
        "chosen uids",
        "×",
        "registering, ns: ordinary",
        "chosen",
        "×",
    ];
    let mut table = head(
        &columns,
        &["---", "---:", "---:", "---:", "---:", "---:", "---:"],
    );
    for hashing in &flood.rows {
        let times = |chosen: f64, ordinary: f64| format!("{:.2}", chosen / ordinary);
        let cells = [
            hashing.name.clone(),
            ns(hashing.look_up_ordinary),
            ns(hashing.look_up_chosen),
            times(hashing.look_up_chosen, hashing.look_up_ordinary),
            ns(hashing.register_ordinary),
            ns(hashing.register_chosen),
            times(hashing.register_chosen, hashing.register_ordinary),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    let Flood { uids, tried, .. } = flood;
    table + &format!("\n{uids} uids, found among {tried}.\n")
}
