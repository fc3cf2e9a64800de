//! `cargo run -p wukongim-stores -- tokens.redb issue > issued.txt`
//!
//! Tokens in a file, for a single process that must not lose them: [redb] as a `TokenStore`, in
//! `src/redb.rs`. `issue` writes tokens, and prints a line for each once it is on disk; kill it at any
//! time. `verify` reads these lines and compares them with the file:
//!
//! ```text
//! cargo run -p wukongim-stores -- tokens.redb issue > issued.txt & sleep 3; kill -9 %1
//! cargo run -p wukongim-stores -- tokens.redb verify < issued.txt
//! ```
//!
//! Tokens are kept as digests: nobody can connect with what the file contains.
//!
//! [redb]: https://www.redb.org

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use wukongim_auth::compare::SecretForm;
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
};

use wukongim_stores::redb::DurableStore;

const FLAG: DeviceFlag = DeviceFlag::App;

/// Keeps tokens in a file, and verifies that none is lost.
#[derive(Parser)]
struct Options {
    /// The file; created if it does not exist
    file: PathBuf,

    #[arg(value_enum)]
    what: What,

    /// How many tokens to issue
    #[arg(long, default_value_t = 1_000)]
    count: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Issues tokens, revokes every fourth, and prints a line for each step once it is on disk
    Issue,
    /// Reads these lines from stdin, and verifies each against the file
    Verify,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), BoxError> {
    let store = DurableStore::open(&options.file)?;
    match options.what {
        What::Issue => issue(&store, options.count),
        What::Verify => verify(&store),
    }
}

fn issue(store: &DurableStore, count: u32) -> Result<(), BoxError> {
    let mut out = io::stdout().lock();
    for number in 1..=count {
        let (uid, token) = (Token::generate()?, Token::generate()?);
        let uid = &uid.expose_secret()[..16];
        store.issue(
            uid,
            FLAG,
            TokenRecord::issue(token.clone(), DeviceLevel::Slave),
        )?;
        writeln!(out, "issued {uid} {}", token.expose_secret())?;
        if number % 4 == 0 {
            store.revoke(uid, FLAG, Timestamp::now())?;
            writeln!(out, "revoked {uid} {}", token.expose_secret())?;
        }
        out.flush()?;
    }
    Ok(())
}

/// The last line about a token counts. A token that was issued and is rejected as revoked may have
/// been interrupted between the two.
fn verify(store: &DurableStore) -> Result<(), BoxError> {
    let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    let (mut kept, mut lost) = (0, 0);
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Some([what, uid, token]) = words(&line) else {
            continue; // cut off in the middle
        };
        let credentials = Credentials::new(uid, FLAG, token);
        let verdict = verifier.verify(store, &credentials, Timestamp::now());
        let label = verdict.map_or_else(|error| error.cause().label(), |_| "accepted");
        match (what, label) {
            ("issued", "accepted" | "revoked") | ("revoked", "revoked") => kept += 1,
            _ => {
                lost += 1;
                eprintln!("{uid} was {what}, and is now: {label}");
            }
        }
    }
    println!("{kept} steps are as they were acknowledged, {lost} are not");
    if lost > 0 {
        return Err("the store lost what it had acknowledged".into());
    }
    Ok(())
}

fn words(line: &str) -> Option<[&str; 3]> {
    let words: Vec<_> = line.split(' ').collect();
    let [what, uid, token] = words.try_into().ok()?;
    (token.len() == 64).then_some([what, uid, token])
}
