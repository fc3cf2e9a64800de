//! How busy the machine was with other work before the measurement.

use std::time::Duration;
use std::{fs, thread};

const SECOND: Duration = Duration::from_secs(1);

/// The share of the processors' time that was not idle in a second in which the benchmark ran
/// nothing.
pub fn busy() -> f64 {
    let before = idle_and_all();
    thread::sleep(SECOND);
    let after = idle_and_all();
    1.0 - (after.0 - before.0) / (after.1 - before.1)
}

/// The time that all processors were idle or waited for a disk, and their total time.
fn idle_and_all() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").expect("a system with /proc");
    let line = stat.lines().next().expect("all processors");
    // The last two are included in the first two.
    let times = line.split_whitespace().skip(1).take(8);
    let times: Vec<f64> = times.map(|time| time.parse().expect("a number")).collect();
    (times[3] + times[4], times.iter().sum())
}
