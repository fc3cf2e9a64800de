//! What a connection costs the example gateway, compared with well-known servers, and with the
//! least that any server does. See `docs/performance.md`.
//!
//! | File | Holds |
//! |---|---|
//! | `contenders` | the servers that are measured, and how each is started |
//! | `floor` | accept, read, write: the least that any server does |
//! | `gateway` | the example gateway: built with ring and with aws-lc-rs, its users registered |
//! | `process` | a server's process: its processor time and memory |
//! | `protocol` | what a client sends, and when it is accepted |
//! | `load` | 200 clients at once, and clients that stay |
//! | `measure` | the rounds |
//! | `allocators` | the gateway with other allocators (`--allocators`) |
//! | `relay` | the guard as a relay, compared with a plain one (`--relay`) |
//! | `results`, `tables`, `plot` | the results, and where they are written |

mod allocators;
#[path = "../../scale/src/busy.rs"]
mod busy;
#[path = "../../peers/src/tables/cells.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod cells;
mod contenders;
mod floor;
mod gateway;
mod load;
#[path = "../../peers/src/machine.rs"]
mod machine;
#[path = "../../peers/src/marks.rs"]
mod marks;
mod measure;
mod plot;
mod process;
mod protocol;
mod relay;
mod results;
#[path = "../../peers/src/svg.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod svg;
mod tables;
#[path = "../../peers/src/twins/mod.rs"]
mod twins;
#[path = "../../micro/typical/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod typical;
#[path = "../../peers/src/users.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{env, fs};

use clap::Parser;

use crate::results::Results;

/// Where the figures are kept, below the folder of the documents.
const FIGURES: &str = "plots/connections.json";

/// Measures connections to the example gateway, mosquitto, nats-server, rumqttd and a bare server.
#[derive(Parser)]
struct Arguments {
    /// Rounds that the medians are taken over
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Handshakes with each server in each round
    #[arg(long, default_value_t = 4000)]
    handshakes: usize,
    /// Clients that stay with each server, after as many that only warm it up
    #[arg(long, default_value_t = 8000)]
    idle: usize,
    /// Leaves out the servers that are not installed, which is an error otherwise
    #[arg(long)]
    installed: bool,
    /// Measures nothing: makes the page from the figures in DIR of --docs
    #[arg(long, requires = "docs")]
    from_docs: bool,
    /// Keeps the figures in DIR/plots, and writes the tables of DIR/performance.md and its Chinese twin,
    /// and the plot
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
    /// Measures relays instead: the example guard beside one that only relays, and none. With --docs, the
    /// tables of DIR/guard.md are written
    #[arg(long)]
    relay: bool,
    /// Measures allocators instead: the gateway with the system's, jemalloc and mimalloc. With --docs, the
    /// table in DIR/performance.md and its Chinese twin is written
    #[arg(long, conflicts_with = "relay")]
    allocators: bool,
    /// Megabytes through each relay in each round
    #[arg(long, default_value_t = 512)]
    megabytes: usize,
    /// Relays to this address, and does nothing else
    #[arg(long, hide = true)]
    plain_relay: Option<SocketAddr>,
    /// Says yes to every request over HTTP
    #[arg(long, hide = true)]
    http: bool,
    /// Serves as the floor
    #[arg(long, hide = true)]
    floor: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if arguments.floor {
        return floor::serve().await;
    }
    if let Some(upstream) = arguments.plain_relay {
        return relay::plain::serve(upstream).await;
    }
    if arguments.http {
        return relay::api::serve().await;
    }
    if arguments.relay {
        return relay::run(&arguments, command()).await;
    }
    if arguments.allocators {
        return allocators::run(&arguments, command()).await;
    }
    let figures = |docs: &PathBuf| docs.join(FIGURES);
    let results: Results = match &arguments.docs {
        Some(docs) if arguments.from_docs => {
            let json = fs::read(figures(docs)).expect("figures of an earlier run");
            serde_json::from_slice(&json).expect("figures of this version")
        }
        _ => measure::run(&arguments, command()).await,
    };
    if let Some(docs) = &arguments.docs {
        let json = serde_json::to_string_pretty(&results).expect("numbers and names");
        fs::write(figures(docs), json + "\n").expect("the file can be written");
        twins::rewrite(docs, "performance", &tables::named(&results));
        plot::write(&docs.join("plots"), &results);
    }
    for (name, table) in tables::named(&results) {
        println!("\n{name}\n\n{table}");
    }
}

fn command() -> String {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let cargo = "cargo run --release --manifest-path benches/connections/Cargo.toml";
    match arguments.is_empty() {
        true => cargo.into(),
        false => format!("{cargo} -- {}", arguments.join(" ")),
    }
}
