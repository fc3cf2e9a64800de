//! How busy the machine was with other things before it was measured.

use std::time::Duration;
use std::{fs, thread};

const SECOND: Duration = Duration::from_secs(1);

/// The share of the processors' time that was not idle in a second in which nothing of ours ran.
pub fn busy() -> f64 {
    let before = idle_and_all();
    thread::sleep(SECOND);
    let after = idle_and_all();
    1.0 - (after.0 - before.0) / (after.1 - before.1)
}

/// What of the time of all processors they were idle or waited for a disk, and all of it.
fn idle_and_all() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/stat").expect("a system with /proc");
    let line = stat.lines().next().expect("all processors");
    // The last two are contained in the first two.
    let times = line.split_whitespace().skip(1).take(8);
    let times: Vec<f64> = times.map(|time| time.parse().expect("a number")).collect();
    (times[3] + times[4], times.iter().sum())
}
