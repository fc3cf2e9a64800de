//! Whether another allocator would be better for the gateway: the same program, with the system's
//! allocator, and with libraries that replace it at startup.

mod table;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::time::sleep;

use crate::busy::busy;
use crate::contenders::{AWS_LC, Contender, JSON_RPC, NO_KEYS};
use crate::gateway::{self, Binaries, KeysBy};
use crate::measure::{SETTLING, quartiles, rounds};
use crate::protocol::Protocol;
use crate::{Arguments, load, machine, process, twins};

/// Debian's packages `libjemalloc2` and `libmimalloc2.0`.
const LIBRARIES: [(&str, &str); 2] = [
    ("jemalloc", "libjemalloc.so.2"),
    ("mimalloc", "libmimalloc.so.2.0"),
];

const FOLDERS: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
];

const GATEWAYS: [(&str, Protocol, KeysBy); 3] = [
    (NO_KEYS, Protocol::Wkproto, KeysBy::Nobody),
    (JSON_RPC, Protocol::JsonRpc, KeysBy::Nobody),
    (AWS_LC, Protocol::Wkproto, KeysBy::AwsLc),
];

/// The results of a run.
pub struct Results {
    about: About,
    rows: Vec<Row>,
}

struct About {
    date: String,
    machine: String,
    rustc: String,
    command: String,
    busy: f64,
    rounds: usize,
    handshakes: usize,
    idle: usize,
}

struct Row {
    gateway: &'static str,
    allocator: &'static str,
    /// Quartiles of its processor time for a handshake.
    cpu_micros: [f64; 3],
    /// The median, compared with the system's allocator in the same round.
    times_system: f64,
    memory: Memory,
}

/// Bytes.
struct Memory {
    for_each: f64,
    with_all: u64,
    when_all_have_gone: u64,
}

pub async fn run(arguments: &Arguments, command: String) {
    process::allow_many_files();
    let folder = tempfile::tempdir().expect("a folder");
    eprintln!("building and starting the gateways");
    let binaries = Binaries::build(folder.path());
    let (allocators, busy) = (allocators(), busy());
    let mut rows = Vec::new();
    for gateway in GATEWAYS {
        rows.extend(of_one_gateway(arguments, &binaries, gateway, &allocators).await);
    }
    let about = About {
        date: time::OffsetDateTime::now_utc().date().to_string(),
        machine: machine::name(),
        rustc: machine::rustc(),
        command,
        busy,
        rounds: arguments.rounds,
        handshakes: arguments.handshakes,
        idle: arguments.idle,
    };
    let table = table::written(&Results { about, rows });
    println!("{table}");
    if let Some(docs) = &arguments.docs {
        twins::rewrite(docs, "performance", &[("allocators", table)]);
    }
}

/// The system's allocator comes first: the others are compared with it.
fn allocators() -> Vec<(&'static str, Option<PathBuf>)> {
    let found = LIBRARIES.map(|(name, library)| {
        let mut all = FOLDERS.iter().map(|folder| Path::new(folder).join(library));
        let file = all.find(|file| file.is_file());
        (
            name,
            Some(file.unwrap_or_else(|| panic!("{library} is not installed"))),
        )
    });
    [("the system's", None)].into_iter().chain(found).collect()
}

async fn of_one_gateway(
    arguments: &Arguments,
    binaries: &Binaries,
    (gateway, protocol, keys): (&'static str, Protocol, KeysBy),
    allocators: &[(&'static str, Option<PathBuf>)],
) -> Vec<Row> {
    let started = |(name, library): &(&'static str, Option<PathBuf>)| {
        let (process, address): (_, SocketAddr) =
            gateway::start_with(binaries, keys, library.as_deref());
        Contender {
            name,
            protocol,
            process,
            address,
        }
    };
    let all: Vec<_> = allocators.iter().map(started).collect();
    eprintln!("{gateway}");
    let cpu = rounds(&all, arguments).await;
    let system = cpu[0].clone();
    let mut rows = Vec::new();
    for (contender, cpu) in all.iter().zip(cpu) {
        let times = cpu.iter().zip(&system).map(|(cpu, system)| cpu / system);
        rows.push(Row {
            gateway,
            allocator: contender.name,
            times_system: quartiles(times)[1],
            cpu_micros: quartiles(cpu.into_iter()),
            memory: memory(contender, arguments.idle).await,
        });
    }
    rows
}

/// Memory with clients that stay, with twice as many, and after all have disconnected.
async fn memory(contender: &Contender, clients: usize) -> Memory {
    let Contender {
        protocol,
        process,
        address,
        ..
    } = contender;
    let warm = load::stay(*protocol, *address, clients).await;
    let before = process.resident();
    let staying = load::stay(*protocol, *address, clients).await;
    sleep(SETTLING).await;
    let with_all = process.resident();
    drop((warm, staying));
    // An allocator that gives memory back needs time for it. mimalloc gives back most of it within
    // ten seconds; jemalloc gives hardly any back, and the system's none.
    sleep(50 * SETTLING).await;
    Memory {
        for_each: with_all.saturating_sub(before) as f64 / clients as f64,
        with_all,
        when_all_have_gone: process.resident(),
    }
}
