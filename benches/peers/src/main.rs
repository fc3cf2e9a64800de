//! What a token check costs here and in the libraries one would take instead, in one run. See
//! `docs/performance.md`.

mod allocations;
mod clock;
mod comparisons;
mod counts;
mod crowd;
mod decoders;
mod growth;
mod keys;
mod limits;
mod machine;
mod marks;
mod pair;
mod plots;
mod refusals;
mod results;
mod rounds;
mod server;
mod stages;
mod svg;
mod tables;
mod threads;
mod tokens;
mod twins;
#[path = "../../micro/typical/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod typical;
mod users;
mod walk;
mod whole;

use std::path::PathBuf;
use std::{env, fs};

use clap::Parser;

use crate::crowd::Crowd;
use crate::results::Results;
use crate::rounds::Bench;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Measures the crate beside its peers, and prints how it stands to the limits it is meant to hold.
#[derive(Parser)]
struct Arguments {
    /// Rounds that the medians are taken over
    #[arg(long, default_value_t = 301)]
    rounds: usize,
    /// Measures also what grows with what, up to 10 million users (needs 4 GB of memory)
    #[arg(long)]
    growth: bool,
    /// Writes the figures there
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measures nothing: takes the figures from there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["growth", "json"])]
    from: Option<PathBuf>,
    /// Rewrites the tables of DIR/performance.md and its Chinese twin, and the plots in DIR/plots
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
    #[arg(long, hide = true)]
    for_callgrind: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if arguments.for_callgrind {
        return with_operations(None, |bench| bench.run_for_callgrind());
    }
    let results = match &arguments.from {
        Some(file) => serde_json::from_slice(&fs::read(file).expect("the file")).expect("figures"),
        None => measure(&arguments),
    };
    if let Some(file) = &arguments.json {
        let json = serde_json::to_string_pretty(&results).expect("numbers and names");
        fs::write(file, json + "\n").expect("the file can be written");
    }
    print!("{}", tables::all(&results));
    if let Some(docs) = &arguments.docs {
        twins::rewrite(docs, "performance", &tables::named(&results));
        plots::write(&docs.join("plots"), &results);
    }
}

fn measure(arguments: &Arguments) -> Results {
    let rounds = arguments.rounds;
    eprintln!("preparing 1 M users");
    let crowd = Crowd::of(crowd::MILLION);
    eprintln!("{rounds} rounds");
    let mut figures = with_operations(Some(&crowd), |bench| bench.run(rounds, true));
    eprintln!("two threads");
    let threads = threads::run(&crowd);
    drop(crowd);
    let growth = arguments.growth.then(|| growth::run(rounds.div_ceil(4)));
    eprintln!("counting instructions");
    // To make a million users under valgrind would take minutes.
    if !counts::fill_in(&mut figures, crowd::GROUP) {
        eprintln!("valgrind is not installed: no instruction counts");
    }
    Results {
        date: time::OffsetDateTime::now_utc().date().to_string(),
        machine: machine::name(),
        rustc: machine::rustc(),
        command: command(),
        rounds,
        figures,
        threads,
        growth,
    }
}

/// All operations, but those among a million users where there are none.
fn with_operations<T>(crowd: Option<&Crowd>, run: impl FnOnce(Bench<'_>) -> T) -> T {
    let (hot, refusing) = (users::hot_store(), refusals::store());
    let connects = users::hot_connects();
    let requests = users::hot_frames(whole::json_request);
    let mut bench = Bench::new();
    whole::add(&mut bench, &hot, &connects, &requests);
    // Next to each other, so that a drift of the clock rate does not come between them.
    keys::add(&mut bench);
    decoders::add(&mut bench, &connects);
    tokens::add(&mut bench);
    comparisons::add(&mut bench);
    stages::add(&mut bench, &hot, &connects);
    refusals::add(&mut bench, &refusing);
    if let Some(crowd) = crowd {
        crowd::add(&mut bench, crowd);
    }
    run(bench)
}

fn command() -> String {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let cargo = "cargo run --release --manifest-path benches/peers/Cargo.toml";
    if arguments.is_empty() {
        cargo.into()
    } else {
        format!("{cargo} -- {}", arguments.join(" "))
    }
}
