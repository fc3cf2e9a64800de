//! What several test files need.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::de::DeserializeOwned;

use crate::program::repository;

/// The labels of all causes, sorted: a test that goes through all of them says so with this.
pub const CAUSES: [&str; 16] = [
    "altered",
    "ambiguous",
    "empty_token",
    "empty_uid",
    "expired",
    "invalid_uid",
    "issued_for_other_flag",
    "manager_token",
    "mismatch",
    "not_issued",
    "not_issued_for_flag",
    "placeholder",
    "revoked",
    "store",
    "superseded",
    "unknown_device_flag",
];

/// The rows of a file of golden vectors; see `tests/vectors/README.md`.
pub fn vectors<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = repository("tests/vectors").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error} (vectors are in the repository, not in the package)",
            path.display()
        )
    });
    text.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// The refusal for a client of this version, written by hand from PROTOCOL §3.
pub fn refusal(client_version: u8) -> Vec<u8> {
    let body: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0];
    match client_version {
        0..4 => [b"\x20\x0d", body].concat(),
        _ => [&b"\x21\x16"[..], &[client_version.min(6)], body, &[0; 8]].concat(),
    }
}

/// Whether `ROUNDS=full` is in the environment: slow tests then do all of their rounds, else a quarter.
pub fn all_rounds() -> bool {
    std::env::var_os("ROUNDS").is_some_and(|wish| wish == "full")
}

/// Runs a future that never waits, or waits by being polled again.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
