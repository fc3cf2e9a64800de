//! Where the gateway's processor time goes under the load generator, by `perf`.

use std::fmt::{self, Display};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::scene::{Case, Scene, cases};

/// Samples per second: not a divisor of timer frequencies.
const FREQUENCY: &str = "1999";

/// The gateway's time in one case.
#[derive(Serialize, Deserialize)]
pub struct Profile {
    pub store: String,
    pub clients: String,
    pub at_once: u64,
    pub samples: usize,
    /// Of each group, in the order of [`Group::ALL`].
    pub shares: Vec<f64>,
}

/// What one sample was taken in. Code counts for the function that it was compiled into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Group {
    X25519,
    Gateway,
    Protocols,
    Redis,
    Runtime,
    Allocator,
    Copying,
    Receiving,
    Sending,
    Opening,
    Closing,
    Waiting,
    System,
    Other,
}

impl Group {
    pub const ALL: [Group; 14] = [
        Group::X25519,
        Group::Gateway,
        Group::Protocols,
        Group::Redis,
        Group::Runtime,
        Group::Allocator,
        Group::Copying,
        Group::Opening,
        Group::Receiving,
        Group::Sending,
        Group::Closing,
        Group::Waiting,
        Group::System,
        Group::Other,
    ];

    /// By the crate's functions, or by the beginnings of `ring`'s function names in C and assembly.
    fn of_code(symbol: &str) -> Group {
        let curve = ["fe_", "fe4_", "fe64_", "ge_"];
        if symbol.contains("25519") || curve.iter().any(|name| symbol.starts_with(name)) {
            return Group::X25519;
        }
        match krate(symbol) {
            "wukongim_gateway" | "wukongim_stores" | "wukongim_auth" | "md5" | "ring"
            | "subtle" | "base64ct" => Group::Gateway,
            "redis" | "combine" => Group::Redis,
            "tokio" | "tokio_util" | "mio" | "futures_util" | "futures_core" | "parking_lot" => {
                Group::Runtime
            }
            "serde_json" | "serde" | "axum" | "axum_core" | "hyper" | "hyper_util" | "http"
            | "httparse" | "tungstenite" | "tokio_tungstenite" | "tower" => Group::Protocols,
            _ => Group::Other,
        }
    }

    fn of_libc(symbol: &str) -> Group {
        let has = |words: &[&str]| words.iter().any(|word| symbol.contains(word));
        if has(&[
            "malloc",
            "free",
            "calloc",
            "realloc",
            "unlink_chunk",
            "arena",
        ]) {
            Group::Allocator
        } else if has(&["mem", "str"]) {
            Group::Copying
        } else {
            Group::Other
        }
    }

    /// By the call that the program made.
    fn of_system(call: Option<&str>) -> Group {
        match call {
            Some("accept4" | "setsockopt" | "getsockopt" | "getpeername" | "getsockname") => {
                Group::Opening
            }
            Some("recvfrom" | "read" | "readv") => Group::Receiving,
            Some("sendto" | "write" | "writev" | "sendmsg") => Group::Sending,
            Some("close" | "shutdown") => Group::Closing,
            Some("epoll_wait" | "epoll_ctl" | "futex") => Group::Waiting,
            _ => Group::System,
        }
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Group::X25519 => "session keys: X25519 (`ring`)",
            Group::Gateway => "`wukongim-auth` and the example, which it is compiled into",
            Group::Protocols => "JSON, HTTP, WebSocket",
            Group::Redis => "Redis's client",
            Group::Runtime => "tokio",
            Group::Allocator => "memory: allocated and freed",
            Group::Copying => "memory: copied and compared",
            Group::Opening => "system: connections accepted and set up",
            Group::Receiving => "system: receiving",
            Group::Sending => "system: sending",
            Group::Closing => "system: closing",
            Group::Waiting => "system: epoll, futex",
            Group::System => "system: the rest",
            Group::Other => "other code",
        })
    }
}

/// Of a function, of a method (`<TYPE as TRAIT>::NAME`), or of what is dropped.
fn krate(symbol: &str) -> &str {
    let dropped = symbol.strip_prefix("core::ptr::drop_in_place");
    let path = dropped
        .unwrap_or(symbol)
        .trim_start_matches(['<', '&', '[', '(']);
    path.split("::").next().unwrap_or(path)
}

pub fn run(quick: bool) -> Vec<Profile> {
    let count = if quick { 5_000 } else { 100_000 };
    let profile = |case| profile(case, count);
    cases().into_iter().map(profile).collect()
}

fn profile(case: Case, count: u64) -> Profile {
    eprintln!(
        "  {}, {}, {} at once",
        case.store, case.clients, case.at_once
    );
    let scene = Scene::set(case, count.min(10_000));
    let file = env::temp_dir().join(format!("scale-{}.perf", process::id()));
    let recorder = record(scene.gateway.pid(), &file);
    scene.storm(count);
    end(recorder);
    let groups = samples(&file);
    fs::remove_file(&file).expect("perf wrote it");
    let share = |group| {
        let those = groups.iter().filter(|found| **found == group).count();
        those as f64 / groups.len() as f64
    };
    Profile {
        store: case.store.into(),
        clients: case.clients.into(),
        at_once: case.at_once,
        samples: groups.len(),
        shares: Group::ALL.map(share).into(),
    }
}

/// It is running as soon as its file is not empty.
fn record(pid: u32, file: &Path) -> Child {
    let mut perf = Command::new("perf");
    perf.args(["record", "-q", "-g", "-e", "cpu-clock", "-F", FREQUENCY]);
    perf.arg("-p").arg(pid.to_string()).arg("-o").arg(file);
    let recorder = perf.spawn().expect("this part needs perf");
    let began = Instant::now();
    while fs::metadata(file).map_or(0, |file| file.len()) == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "perf records nothing"
        );
        thread::sleep(Duration::from_millis(10));
    }
    recorder
}

fn end(mut recorder: Child) {
    let pid = Pid::from_child(&recorder);
    kill_process(pid, Signal::INT).expect("it runs");
    recorder.wait().expect("it ended");
}

fn samples(file: &Path) -> Vec<Group> {
    let mut perf = Command::new("perf");
    perf.args(["script", "-F", "ip,sym,dso", "-i"]).arg(file);
    let output = perf.output().expect("this part needs perf");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let groups: Vec<Group> = text.split("\n\n").filter_map(group).collect();
    assert!(!groups.is_empty(), "perf saw nothing");
    groups
}

/// One stack: the line of the function that ran, then those of its callers. A line is `ADDRESS
/// SYMBOL (FILE)`.
fn group(stack: &str) -> Option<Group> {
    let mut lines = stack.lines().filter_map(|line| {
        let (function, file) = line.trim().rsplit_once(" (")?;
        let (_, symbol) = function.split_once(' ')?;
        Some((symbol, file))
    });
    let (symbol, file) = lines.clone().next()?;
    Some(match file {
        _ if file.contains("kernel") => {
            let call = lines.find_map(|(symbol, _)| symbol.strip_prefix("__x64_sys_"));
            Group::of_system(call)
        }
        _ if file.contains("vdso") => Group::System,
        _ if file.contains("libc.so") => Group::of_libc(symbol),
        _ => Group::of_code(symbol),
    })
}
