//! Measures what one core, one machine and one Redis can carry, and where the next limit is. See
//! `docs/scaling.md`.
//!
//! | File | Holds |
//! |---|---|
//! | `memory` | the embedded store, by users: bytes, cost of a lookup |
//! | `threads`, `starvation` | two threads at the store; a writer among readers |
//! | `flood` | uids chosen so that they collide |
//! | `redis` | the example gateway's adapter, against a Redis of its own |
//! | `gateway`, `held`, `restart` | the example gateway under the load generator; with idle clients; killed and restarted |
//! | `failover` | its Redis disappears for good, and another one replaces it |
//! | `profile` | where the gateway's processor time goes, by `perf` |
//! | `scene` | the gateway, its store and its clients, as `gateway` and `profile` measure them |
//! | `process`, `storm` | starting both, and the processor time that they use |
//! | `busy` | whether the machine had other work |
//! | `results`, `tables`, `plots` | the results, and where they are written |

#[path = "../../peers/src/allocations.rs"]
mod allocations;
mod busy;
#[path = "../../peers/src/tables/cells.rs"]
mod cells;
#[path = "../../peers/src/clock.rs"]
mod clock;
mod failover;
mod flood;
mod gateway;
mod held;
mod latency;
#[path = "../../peers/src/machine.rs"]
mod machine;
#[path = "../../peers/src/marks.rs"]
mod marks;
mod memory;
#[path = "../../peers/src/pair.rs"]
mod pair;
mod plots;
mod process;
mod profile;
mod redis_part;
mod restart;
mod results;
mod scene;
mod starvation;
mod storm;
#[path = "../../peers/src/svg.rs"]
mod svg;
mod tables;
mod threads;
#[path = "../../peers/src/twins/mod.rs"]
mod twins;
#[path = "../../micro/typical/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod typical;
#[path = "../../peers/src/users.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod users;
#[path = "../../peers/src/walk.rs"]
mod walk;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::results::{All, measured};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// Measures how far a token check goes, part by part, and prints the tables.
#[derive(Parser)]
struct Arguments {
    /// What is measured; none: the page is made from what was measured before
    parts: Vec<Part>,
    /// Few of everything, to see that it works: these figures mean nothing
    #[arg(long)]
    quick: bool,
    /// Keeps each part's figures in DIR/plots, and from all that are there makes the tables of
    /// DIR/scaling.md and its Chinese twin, and the plots, anew
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
    /// One size of the part `memory`, in a process that has held nothing before
    #[arg(long, hide = true, value_name = "SIZE")]
    one_size: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Memory,
    Threads,
    Flood,
    Redis,
    Gateway,
    Profile,
    Restart,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(size) = &arguments.one_size {
        return memory::print_one_size(size);
    }
    process::allow_many_files();
    let mut all = All::default();
    for part in &arguments.parts {
        measure(*part, arguments.quick, &mut all);
        if let Some(docs) = &arguments.docs {
            all.save(&docs.join("plots"));
        }
    }
    if let Some(docs) = &arguments.docs {
        all.fill_up(&docs.join("plots"));
        twins::rewrite(docs, "scaling", &tables::named(&all));
        plots::write(&docs.join("plots"), &all);
    }
    print!("{}", tables::all(&all));
}

fn measure(part: Part, quick: bool, all: &mut All) {
    let name = part.to_possible_value().expect("all parts have a name");
    eprintln!("{}", name.get_name());
    let name = name.get_name();
    match part {
        Part::Memory => all.memory = Some(measured(name, || memory::run(quick))),
        Part::Threads => all.threads = Some(measured(name, || threads::run(quick))),
        Part::Flood => all.flood = Some(measured(name, || flood::run(quick))),
        Part::Redis => all.redis = Some(measured(name, || redis_part::run(quick))),
        Part::Gateway => all.gateway = Some(measured(name, || gateway::run(quick))),
        Part::Profile => all.profile = Some(measured(name, || profile::run(quick))),
        Part::Restart => all.restart = Some(measured(name, || restart::run(quick))),
    }
}
