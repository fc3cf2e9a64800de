//! `cargo run --release -p wukongim-storm`
//!
//! A connection storm against the gateway on this machine: many clients at once, right and wrong
//! tokens mixed, each held to the answer that it is owed. It registers its users first, and says at
//! the end how many handshakes there were a second, how long they took, and what went wrong.
//!
//! ```text
//! ulimit -n 20000
//! cargo run --release -p wukongim-gateway -- --log-level warn --max-unauthenticated 10000 &
//! cargo run --release -p wukongim-storm -- --count 100000 --at-once 1000 --wrong 10
//! ```
//!
//! Bounded in count (100,000), connections (8,000 at once) and time (10 minutes), and for loopback
//! addresses only: it is no tool to use against others.
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `register` | registering the users' tokens over HTTP |
//! | `plan` | which client comes when, and what it is owed |
//! | `socket` | TCP or WebSocket, from several addresses of this machine |
//! | `handshake` | one client's attempt, binary or JSON-RPC |
//! | `storm` | all of them |
//! | `tally` | counts and times |

mod handshake;
mod options;
mod plan;
mod register;
mod socket;
mod storm;
mod tally;

use std::process::ExitCode;

use clap::Parser;
use wukongim_auth::BoxError;

use options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everybody got what he was owed.
async fn run(options: Options) -> Result<bool, BoxError> {
    options.check()?;
    if !options.registered {
        register::all(&options).await?;
    }
    let json = options.json;
    let report = storm::run(options).await;
    match json {
        true => println!("{}", report.json()),
        false => println!("{report}"),
    }
    Ok(report.is_as_it_should_be())
}
