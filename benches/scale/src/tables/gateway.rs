//! The tables of the gateway under load.

use super::rounded;
use crate::cells::{head, row};
use crate::gateway::{Capacity, Gateways};
use crate::held::Held;
use crate::restart::Restart;

pub fn rates(gateways: &Gateways) -> String {
    let columns = [
        "store",
        "clients",
        "at once",
        "handshakes/s",
        "answer, ms: p50",
        "p99",
        "p99.9",
        "longest",
        "attempts in vain",
        "not as owed",
    ];
    let mut table = head(
        &columns,
        &[
            "---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:",
        ],
    );
    for capacity in &gateways.rates {
        let report = &capacity.report;
        let millis = |micros: f64| format!("{:.1}", micros / 1e3);
        let cells = [
            capacity.store.clone(),
            capacity.clients.clone(),
            report.at_once.to_string(),
            rounded(report.handshakes_per_second),
            millis(report.micros.p50),
            millis(report.micros.p99),
            millis(report.micros.p999),
            millis(report.micros.max),
            report.in_vain().to_string(),
            report.harmed().to_string(),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    let Held { connections, bytes } = gateways.held;
    let kib = bytes / 1024.0;
    table
        + &format!(
            "\n{connections} clients that were let in, with session keys, and stay: {kib:.1} KiB each in \
             the gateway's memory.\n"
        )
}

pub fn processor(all: &[Capacity]) -> String {
    let columns = [
        "store",
        "clients",
        "at once",
        "cores busy: gateway",
        "load generator",
        "Redis",
        "µs a handshake: gateway",
        "of which in the system",
        "load generator",
        "Redis",
    ];
    let mut table = head(
        &columns,
        &[
            "---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:",
        ],
    );
    for capacity in all {
        let cores = |cpu: f64| format!("{:.2}", cpu / capacity.report.seconds);
        let micros = |cpu: f64| format!("{:.0}", capacity.micros(cpu));
        let redis = |show: &dyn Fn(f64) -> String| capacity.redis_cpu.map_or(String::new(), show);
        let cells = [
            capacity.store.clone(),
            capacity.clients.clone(),
            capacity.report.at_once.to_string(),
            cores(capacity.gateway_cpu),
            cores(capacity.storm_cpu),
            redis(&cores),
            micros(capacity.gateway_cpu),
            micros(capacity.gateway_system),
            micros(capacity.storm_cpu),
            redis(&micros),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    table
}

pub fn restarts(all: &[Restart]) -> String {
    let columns = [
        "",
        "outages in it",
        "clients",
        "seconds",
        "let in",
        "refused as owed",
        "wrongly refused",
        "wrongly let in",
        "lost",
        "attempts in vain",
        "writes acknowledged",
        "of them lost",
    ];
    let mut table = head(
        &columns,
        &[
            "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:",
            "---:",
        ],
    );
    for Restart {
        name,
        outages,
        report,
        written,
    } in all
    {
        let numbers = [
            report.welcome,
            report.refused,
            report.wrongly_refused,
            report.wrongly_admitted,
            report.lost(),
            report.in_vain(),
        ];
        let mut cells = vec![name.clone(), outages.to_string(), report.count.to_string()];
        cells.push(format!("{:.1}", report.seconds));
        cells.extend(numbers.map(|number| number.to_string()));
        let writes = written.as_ref().map(|all| [all.acknowledged, all.lost]);
        cells.extend(match writes {
            Some(writes) => writes.map(|number| number.to_string()),
            None => ["–".to_owned(), "–".to_owned()],
        });
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        row(&mut table, &cells);
    }
    table
}
