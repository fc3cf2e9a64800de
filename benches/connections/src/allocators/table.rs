//! The table, in Markdown.

use crate::allocators::{About, Results};
use crate::cells::{head, row};
use crate::load::AT_ONCE;

pub fn written(results: &Results) -> String {
    let columns = [
        "server",
        "allocator",
        "CPU a handshake, µs",
        "middle half",
        "× the system's",
        "KiB an idle connection",
        "MiB with all of them",
        "MiB when all have gone",
    ];
    let mut aligned = vec!["---:"; columns.len()];
    aligned[..2].fill("---");
    let mut table = head(&columns, &aligned);
    let mib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
    for found in &results.rows {
        let [low, micros, high] = found.cpu_micros;
        let cells = [
            found.gateway.to_owned(),
            found.allocator.to_owned(),
            format!("{micros:.1}"),
            format!("{low:.1}–{high:.1}"),
            format!("{:.2}", found.times_system),
            format!("{:.1}", found.memory.for_each / 1024.0),
            mib(found.memory.with_all),
            mib(found.memory.when_all_have_gone),
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    let about = about(&results.about);
    format!("{about}\n{table}")
}

fn about(about: &About) -> String {
    let About {
        date,
        machine,
        rustc,
        command,
        busy,
        rounds,
        handshakes,
        idle,
    } = about;
    let busy = busy * 100.0;
    format!(
        "{date}, {machine}, {busy:.0} % busy with other things before it; {rustc}. Medians of {rounds} rounds of {handshakes} handshakes, {AT_ONCE} clients at once, with each; twice {idle} clients that stay.\n\n\
         ```sh\n{command}\n```\n"
    )
}
