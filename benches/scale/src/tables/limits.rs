//! The limits, and whether they are met.

use crate::cells::{head, row};
use crate::memory::Form;
use crate::results::All;
use crate::threads::WITH_WRITES;

struct Limit {
    what: String,
    measured: f64,
    bound: f64,
    at_least: bool,
}

pub fn limits(all: &All) -> String {
    let columns = ["", "measured", "limit", ""];
    let mut table = head(&columns, &["---", "---:", "---:", "---"]);
    let limits = bytes(all).chain(threads(all)).chain(restart(all));
    for limit in limits {
        let (bound, is_met) = match limit.at_least {
            true => ("at least", limit.measured >= limit.bound),
            false => ("at most", limit.measured <= limit.bound),
        };
        let met = if is_met { "met" } else { "**not met**" };
        let (measured, bound) = (
            number(limit.measured),
            [bound, &number(limit.bound)].join(" "),
        );
        row(&mut table, &[&limit.what, &measured, &bound, met]);
    }
    table
}

/// Memory according to the system, at the largest size.
fn bytes(all: &All) -> impl Iterator<Item = Limit> {
    let sizes = all.memory.iter().flat_map(|measured| &measured.figures);
    let most = sizes.clone().map(|at| at.users).max();
    let largest = sizes.filter(move |at| Some(at.users) == most);
    largest.map(|at| {
        let (form, bound) = match at.form {
            Form::Plain => ("plain records", 260.0),
            Form::Digest => ("digests only", 200.0),
        };
        Limit {
            what: format!("bytes a user at {} users, {form}", at.users),
            measured: at.bytes.max(at.resident),
            bound,
            at_least: false,
        }
    })
}

fn threads(all: &All) -> impl Iterator<Item = Limit> {
    let rows = all
        .threads
        .iter()
        .flat_map(|measured| &measured.figures.two);
    // The first one has the most users.
    let mixed = rows.filter(|threads| threads.name.starts_with(WITH_WRITES));
    let mixed = mixed.take(1);
    mixed.map(|threads| Limit {
        what: format!("two threads : one, {}", threads.name),
        measured: threads.ratio,
        bound: 1.8,
        at_least: true,
    })
}

/// All rows but the control.
fn restart(all: &All) -> impl Iterator<Item = Limit> {
    let rows = all.restart.iter().flat_map(|measured| &measured.figures);
    let rows = rows.filter(|restart| restart.name != crate::restart::FORGETS);
    rows.map(|restart| Limit {
        what: format!("clients lost or answered wrongly: {}", restart.name),
        measured: restart.report.harmed() as f64,
        bound: 0.0,
        at_least: false,
    })
}

fn number(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
