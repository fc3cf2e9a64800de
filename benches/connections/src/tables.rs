//! The tables, in Markdown.

use crate::cells::{head, row};
use crate::contenders::{AWS_LC, JSON_RPC, NO_KEYS, RING};
use crate::load::AT_ONCE;
use crate::results::Results;

/// Each with its name in the page.
pub fn named(results: &Results) -> [(&'static str, String); 3] {
    [
        ("connections-about", about(results)),
        ("connections", servers(results)),
        ("connections-limits", limits(results)),
    ]
}

fn about(results: &Results) -> String {
    let Results {
        date,
        machine,
        rustc,
        command,
        busy,
        rounds,
        handshakes,
        idle,
        versions,
        ..
    } = results;
    let (busy, versions) = (busy * 100.0, versions.join("; "));
    format!(
        "{date}, {machine}, {busy:.0} % busy with other things before it; {rustc}; {versions}. Medians of {rounds} rounds of {handshakes} handshakes, {AT_ONCE} clients at once, with each server; {idle} clients that stay.\n\n\
         ```sh\n{command}\n```\n"
    )
}

fn servers(results: &Results) -> String {
    let columns = [
        "server",
        "CPU a handshake, µs",
        "middle half",
        "× floor",
        "KiB an idle connection",
    ];
    let mut table = head(&columns, &["---", "---:", "---:", "---:", "---:"]);
    for server in &results.servers {
        let [low, micros, high] = server.cpu_micros;
        let cells = [
            server.name.clone(),
            format!("{micros:.1}"),
            format!("{low:.1}–{high:.1}"),
            format!("{:.2}", server.times_floor[1]),
            format!("{:.1}", server.idle_bytes / 1024.0),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

fn limits(results: &Results) -> String {
    let mut table = head(
        &["", "measured", "limit", ""],
        &["---", "---:", "---:", "---"],
    );
    let by_aws_lc = results.median_micros(AWS_LC) / results.median_micros(RING);
    let gateways = [NO_KEYS, JSON_RPC, RING, AWS_LC];
    let most_idle = gateways
        .map(|name| results.idle_bytes(name))
        .into_iter()
        .fold(0.0, f64::max);
    let all = [
        (
            "gateway without keys : floor",
            results.times_floor(NO_KEYS),
            1.25,
            "×",
        ),
        (
            "gateway, JSON-RPC : floor",
            results.times_floor(JSON_RPC),
            1.25,
            "×",
        ),
        ("gateway with keys, aws-lc-rs : ring", by_aws_lc, 0.75, "×"),
        (
            "gateway, an idle connection, whichever takes most",
            most_idle / 1024.0,
            4.0,
            "KiB",
        ),
    ];
    for (what, measured, limit, unit) in all {
        let met = if measured <= limit {
            "met"
        } else {
            "**not met**"
        };
        let (measured, limit) = (
            format!("{measured:.2} {unit}"),
            format!("at most {limit:.2} {unit}"),
        );
        row(&mut table, &[what, &measured, &limit, met]);
    }
    table
}
