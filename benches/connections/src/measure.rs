//! The rounds: each server in turn, then all of them again, so that a temporary slowdown of the
//! machine affects all of them alike.

use std::time::Duration;

use tokio::time::sleep;

use crate::busy::busy;
use crate::contenders::{self, Contender};
use crate::results::{Results, Server};
use crate::{Arguments, load, machine, process};

/// The time in which a server finishes its work for clients that have disconnected.
pub const SETTLING: Duration = Duration::from_millis(200);

pub async fn run(arguments: &Arguments, command: String) -> Results {
    process::allow_many_files();
    let folder = tempfile::tempdir().expect("a folder");
    eprintln!("building and starting the servers");
    let contenders = contenders::start(folder.path(), arguments.installed);
    let busy = busy();
    let cpu = rounds(&contenders, arguments).await;
    let floor = cpu[0].clone();
    let mut servers = Vec::new();
    for (contender, cpu) in contenders.iter().zip(cpu) {
        eprintln!("idle: {}", contender.name);
        servers.push(Server {
            name: contender.name.into(),
            times_floor: quartiles(cpu.iter().zip(&floor).map(|(cpu, floor)| cpu / floor)),
            cpu_micros: quartiles(cpu.into_iter()),
            idle_bytes: idle(contender, arguments.idle).await,
        });
    }
    Results {
        date: time::OffsetDateTime::now_utc().date().to_string(),
        machine: machine::name(),
        rustc: machine::rustc(),
        command,
        busy,
        rounds: arguments.rounds,
        handshakes: arguments.handshakes,
        idle: arguments.idle,
        versions: contenders::versions(),
        servers,
    }
}

/// Microseconds of processor time for a handshake, for each contender and round. The first round is
/// only a warm-up.
pub async fn rounds(contenders: &[Contender], arguments: &Arguments) -> Vec<Vec<f64>> {
    let mut cpu: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for contender in contenders {
        one_round(contender, arguments.handshakes).await;
    }
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        for (contender, cpu) in contenders.iter().zip(&mut cpu) {
            cpu.push(one_round(contender, arguments.handshakes).await);
        }
    }
    cpu
}

/// Microseconds of the server's processor time for a handshake.
async fn one_round(contender: &Contender, handshakes: usize) -> f64 {
    let Contender {
        protocol,
        process,
        address,
        ..
    } = contender;
    let before = process.cpu();
    load::come_and_go(*protocol, *address, handshakes).await;
    sleep(SETTLING).await;
    (process.cpu() - before) as f64 / 1000.0 / handshakes as f64
}

/// Bytes of the server's memory for each additional client.
async fn idle(contender: &Contender, clients: usize) -> f64 {
    let Contender {
        protocol,
        process,
        address,
        ..
    } = contender;
    // Excludes one-time costs, and what earlier clients left behind.
    let warm = load::stay(*protocol, *address, clients).await;
    let before = process.resident();
    let staying = load::stay(*protocol, *address, clients).await;
    sleep(SETTLING).await;
    let more = process.resident().saturating_sub(before);
    drop((warm, staying));
    more as f64 / clients as f64
}

/// The median and the quartiles around it.
pub fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
