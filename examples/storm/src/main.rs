//! `cargo run --release -p wukongim-storm`
//!
//! A connection storm against the gateway on this machine: many clients at once, with right and wrong
//! tokens mixed. Every answer is compared with the expected one. The program registers its users first,
//! and reports at the end how many handshakes there were per second, how long they took, and what went
//! wrong.
//!
//! ```text
//! ulimit -n 20000
//! cargo run --release -p wukongim-gateway -- --log-level warn --max-unauthenticated 10000 &
//! cargo run --release -p wukongim-storm -- --count 100000 --at-once 1000 --wrong 10
//! ```
//!
//! It is limited in count (100,000), connections (8,000 at once) and time (10 minutes), and to loopback
//! addresses, so that it cannot be used against other machines.
//!
//! | File | Holds |
//! |---|---|
//! | `options` | the command line |
//! | `register` | registering the users' tokens over HTTP |
//! | `plan` | which client connects when, and which answer it expects |
//! | `socket` | TCP or WebSocket, from several addresses of this machine |
//! | `handshake` | one client's attempt, binary or JSON-RPC |
//! | `storm` | all attempts |
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

/// Whether every client got the expected answer.
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
