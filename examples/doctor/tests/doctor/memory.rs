//! Memory does not grow with the log. `CONTRIBUTING.md` has the commands for a gigabyte.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::run::tool;

/// So much more may be used for four times the log, in kilobytes: what differs is noise.
const NOISE: u64 = 2_048;

/// The user of the last line.
const LAST: &str = "the-last-one";

/// Other users, tokens and times in every line; few are failures, and the last is one.
fn log(megabytes: usize) -> Vec<u8> {
    let mut log = String::new();
    for n in 0.. {
        if log.len() >= megabytes << 20 {
            break;
        }
        match n % 32 {
            0 => log += &failure(n, &format!("u{n}")),
            _ => {
                log += &format!(
                    "{{\"level\":\"info\",\"msg\":\"【handler】user connected\",\"uid\":\"u{n}\"}}\n"
                )
            }
        }
    }
    (log + &failure(0, LAST)).into_bytes()
}

fn failure(n: u64, uid: &str) -> String {
    let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
    format!(
        "{{\"level\":\"error\",\"time\":\"2026-04-23T{hour:02}:{minute:02}:{second:02}+08:00\",\
         \"msg\":\"【handler】token verify fail\",\"uid\":\"{uid}\",\"sourceNodeId\":{},\
         \"expectToken\":\"{n:032x}\",\"actToken\":\"{:032x}\"}}\n",
        n % 200,
        n + 1
    )
}

/// The peak of what was resident, in kilobytes.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().strip_suffix(" kB").unwrap();
    number.parse().unwrap()
}

/// Of the doctor once it has read a log to its last line, with its stdin still open.
fn peak_of(log: &[u8]) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wukongim-doctor"))
        .args(["--follow", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let peak = thread::scope(|scope| {
        // Who writes waits for who reads.
        let writing = scope.spawn(|| stdin.write_all(log).unwrap());
        let last = out
            .by_ref()
            .find(|line| line.as_ref().unwrap().contains(LAST));
        assert!(last.is_some(), "the last line is told");
        writing.join().unwrap();
        peak(&child)
    });
    drop(stdin);
    out.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(1), "failures were found");
    peak
}

fn demand(name: &str, [less, more]: [u64; 2]) {
    assert!(more <= less + NOISE, "{name}: {less} kB, then {more} kB");
    assert!(more < 64 * 1024, "{name}: {more} kB");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "there is no /proc")]
fn four_times_the_log_takes_the_same_memory() {
    let logs = [8, 32].map(log);
    demand("as it is", [&logs[0], &logs[1]].map(|log| peak_of(log)));
    for compressor in ["gzip", "zstd"] {
        let compressed = |log: &Vec<u8>| tool(compressor, &["-c"], log);
        let (Some(less), Some(more)) = (compressed(&logs[0]), compressed(&logs[1])) else {
            return;
        };
        demand(compressor, [less, more].map(|log| peak_of(&log)));
    }
}
