//! What the guard costs as a relay: one server, reached directly, through a plain relay, and
//! through the guard, which verifies first.

pub mod api;
pub mod plain;
mod table;

use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;
use std::{env, fs, io};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use crate::busy::busy;
use crate::measure::quartiles;
use crate::process::Process;
use crate::protocol::Protocol;
use crate::{Arguments, gateway, load, machine, marks, process};

/// The sessions that the megabytes are spread over.
const SESSIONS: usize = 4;

/// One page for each language.
const PAGES: [&str; 2] = ["guard.md", "guard.zh-CN.md"];

/// The results of a run.
pub struct Results {
    pub about: About,
    pub ways: Vec<Way>,
}

pub struct About {
    pub date: String,
    pub machine: String,
    pub rustc: String,
    pub command: String,
    pub busy: f64,
    pub rounds: usize,
    pub handshakes: usize,
    pub megabytes: usize,
}

/// Medians over the rounds.
pub struct Way {
    pub handshakes: f64,
    pub megabytes: f64,
    /// Compared with the plain relay in the same round.
    pub times_plain: [f64; 2],
}

/// The three ways, in the order of the table.
const PLAIN: usize = 1;
const WAYS: usize = 3;

pub async fn run(arguments: &Arguments, command: String) {
    process::allow_many_files();
    eprintln!("building and starting the guard");
    let (_processes, addresses) = start();
    let busy = busy();
    for address in addresses {
        one_round(address, arguments).await;
    }
    let mut rounds = Vec::new();
    for round in 1..=arguments.rounds {
        eprintln!("round {round} of {}", arguments.rounds);
        let mut found = [[0.0; 2]; WAYS];
        for turn in 0..WAYS {
            // Rotated, so that none of the three always comes first.
            let way = (turn + round) % WAYS;
            found[way] = one_round(addresses[way], arguments).await;
        }
        rounds.push(found);
    }
    let about = About {
        date: time::OffsetDateTime::now_utc().date().to_string(),
        machine: machine::name(),
        rustc: machine::rustc(),
        command,
        busy,
        rounds: arguments.rounds,
        handshakes: arguments.handshakes,
        megabytes: arguments.megabytes,
    };
    let ways = (0..WAYS).map(|way| summed_up(&rounds, way)).collect();
    tell(arguments, &Results { about, ways });
}

fn summed_up(rounds: &[[[f64; 2]; WAYS]], way: usize) -> Way {
    let median =
        |figure: &dyn Fn(&[[f64; 2]; WAYS]) -> f64| quartiles(rounds.iter().map(figure))[1];
    Way {
        handshakes: median(&|round| round[way][0]),
        megabytes: median(&|round| round[way][1]),
        times_plain: [0, 1].map(|what| median(&|round| round[way][what] / round[PLAIN][what])),
    }
}

fn tell(arguments: &Arguments, results: &Results) {
    let languages = [&table::ENGLISH, &table::CHINESE];
    println!("{}", table::written(results, languages[0]));
    let Some(docs) = &arguments.docs else {
        return;
    };
    for (page, language) in PAGES.iter().zip(languages) {
        let file = docs.join(page);
        let text = fs::read_to_string(&file).expect("the page");
        let table = table::written(results, language);
        let text = marks::replaced(&text, "guard-relay", &table);
        fs::write(&file, text).expect("the page can be written");
    }
}

/// The server, the relay and the guard, with the addresses for clients.
fn start() -> (Vec<Process>, [SocketAddr; WAYS]) {
    let own = |arguments: &[&str]| {
        let program = env::current_exe().expect("a path");
        Process::that_says_ready(Command::new(program).args(arguments))
    };
    let (server, ready) = own(&["--floor"]);
    let direct = gateway::address(&ready, "tcp=");
    let (relay, ready) = own(&[&format!("--plain-relay={direct}")]);
    let plain = gateway::address(&ready, "tcp=");
    let (api, ready) = own(&["--http"]);
    let api_address = gateway::address(&ready, "http=");
    let mut guard = Command::new(gateway::built("wukongim-guard", &[]));
    for port in ["--http", "--tcp", "--ws"] {
        guard.args([port, "127.0.0.1:0"]);
    }
    guard.arg(format!("--upstream-http={api_address}"));
    guard.args([
        format!("--upstream-tcp={direct}"),
        format!("--upstream-ws={direct}"),
    ]);
    guard.args([
        "--log-level=error",
        "--max-unauthenticated=20000",
        "--compare-interval=0",
    ]);
    guard.env_remove("MANAGER_TOKEN").env_remove("STORE");
    let (guard, ready) = Process::that_says_ready(&mut guard);
    gateway::register(gateway::address(&ready, "http="));
    let guarded = gateway::address(&ready, "tcp=");
    (vec![server, relay, api, guard], [direct, plain, guarded])
}

/// Handshakes per second, and megabytes per second.
async fn one_round(address: SocketAddr, arguments: &Arguments) -> [f64; 2] {
    let began = Instant::now();
    load::come_and_go(Protocol::Floor, address, arguments.handshakes).await;
    let handshakes = arguments.handshakes as f64 / began.elapsed().as_secs_f64();
    let mut sessions = JoinSet::new();
    for _ in 0..SESSIONS {
        sessions.spawn(load::let_in(Protocol::Floor, address));
    }
    let sessions = sessions.join_all().await;
    let began = Instant::now();
    let mut reading = JoinSet::new();
    for session in sessions {
        reading.spawn(take(session, arguments.megabytes * 1_000_000 / SESSIONS));
    }
    let taken: io::Result<Vec<()>> = reading.join_all().await.into_iter().collect();
    taken.expect("all of it comes");
    [
        handshakes,
        arguments.megabytes as f64 / began.elapsed().as_secs_f64(),
    ]
}

/// Requests a long stream, and reads this many bytes of it.
async fn take(mut session: tokio::net::TcpStream, len: usize) -> io::Result<()> {
    session.write_all(b"much").await?;
    let (mut buffer, mut left) = (vec![0; 256 * 1024], len);
    while left > 0 {
        match session.read(&mut buffer).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}
