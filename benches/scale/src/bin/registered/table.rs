//! The table on the page.

use std::fmt::Write;

use crate::machine;
use crate::probe::{DELAYED, OTHER_UNKNOWN, REGISTERED, Samples, UNKNOWN};
use crate::ranks::{median, slower};

/// The classes that are compared with unknown users.
const PAIRS: [(&str, usize); 3] = [
    ("registered", REGISTERED),
    ("unknown, too (control)", OTHER_UNKNOWN),
    ("unknown, 1 µs later (control)", DELAYED),
];

/// Above this value, two classes count as distinguished, as in the samples of the comparison.
const SEEN: f64 = 4.5;

pub fn of(measured: &[(&str, Samples)], probes: usize, users: u64) -> String {
    let date = time::OffsetDateTime::now_utc().date();
    let (machine, rustc) = (machine::name(), machine::rustc());
    let mut table = format!(
        "{date}, {machine}; {rustc}, `lto = \"fat\"`; {users} users registered, {probes} probes of each \
         class. z in bold: told apart (|z| > {SEEN}).\n\n```sh\ncargo run --release --manifest-path \
         benches/scale/Cargo.toml --bin registered -- --docs assurance/constant-time.md\n```\n\n\
         | Store | beside an unknown user | later by, in the median | later than it | z after 200 | 2,000 | {probes} |\n\
         |---|---|---:|---:|---:|---:|---:|\n"
    );
    for (store, Samples(samples)) in measured {
        for (name, class) in PAIRS {
            let (own, unknown) = (&samples[class], &samples[UNKNOWN]);
            let (share, _) = slower(own, unknown);
            let later = (median(own) - median(unknown)) / 1000.0;
            let _ = write!(
                table,
                "| {store} | {name} | {later:.2} µs | {:.1} % |",
                share * 100.0
            );
            for count in [200, 2_000, probes] {
                let first = |samples: &[u64]| samples[..count.min(samples.len())].to_vec();
                let (_, z) = slower(&first(own), &first(unknown));
                let mark = if z.abs() > SEEN { "**" } else { "" };
                let _ = write!(table, " {mark}{z:.1}{mark} |");
            }
            table.push('\n');
        }
    }
    table
}
