//! Instructions, counted by callgrind: it runs this program once more, and dumps what it counted
//! each time `counted` returns.

use std::process::Command;
use std::{env, fs, process};

use crate::results::Figure;

/// Asks the program to count instead of measuring.
pub const ARGUMENT: &str = "--for-callgrind";

/// How many times an operation runs when its instructions and allocations are counted.
pub const TIMES: u64 = 200;

/// Callgrind only counts in here.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "Rust" fn peers_counted(work: &mut dyn FnMut()) {
    work();
}

pub fn counted(work: &mut dyn FnMut()) {
    peers_counted(work);
}

/// Fills in the instructions of all groups but one, if valgrind is installed; returns whether it
/// is.
pub fn fill_in(figures: &mut [Figure], uncounted: &str) -> bool {
    let Some(counts) = count() else { return false };
    let counted = figures
        .iter_mut()
        .filter(|figure| figure.group != uncounted);
    let counted: Vec<&mut Figure> = counted.collect();
    assert_eq!(counts.len(), counted.len(), "a count for each operation");
    for (figure, count) in counted.into_iter().zip(counts) {
        figure.instructions = Some(count / TIMES);
    }
    true
}

fn count() -> Option<Vec<u64>> {
    let out = env::temp_dir().join(format!("peers-{}", process::id()));
    let program = env::current_exe().expect("a path");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .args([
            "--toggle-collect=peers_counted",
            "--dump-after=peers_counted",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .args([program.as_os_str(), ARGUMENT.as_ref()])
        .status()
        .ok()?;
    assert!(run.success(), "valgrind: {run}");
    let mut counts = Vec::new();
    while let Ok(dump) = fs::read_to_string(format!("{}.{}", out.display(), counts.len() + 1)) {
        counts.push(total(&dump).expect("a dump has totals"));
        fs::remove_file(format!("{}.{}", out.display(), counts.len())).expect("our own file");
    }
    // The last dump, at the end of the program, is empty.
    let _ = fs::remove_file(&out);
    Some(counts)
}

fn total(dump: &str) -> Option<u64> {
    let line = dump.lines().find_map(|line| line.strip_prefix("totals: "));
    line?.trim().parse().ok()
}
