//! Two gateways on one Redis for half an hour, with users that come, stay and go, floods of unauthenticated connections,
//! and outages: no session outlives what should have ended it, none is ended that should stand, and
//! the memory stays what it is.
//!
//! ```sh
//! cargo test --locked -p wukongim-gateway --test gateway_soak -- --ignored --nocapture
//! ```
//!
//! `SOAK_MINUTES` (30) is how long it goes on. Two controls, which have to fail: with
//! `SOAK_CONTROL=stands` the revocations of one user are only said to have happened, with `SOAK_CONTROL=ended` one
//! happens that nobody is told of.
#![cfg(unix)]

mod soak;

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use wukongim_test_support::redis_server::RedisServer;

use soak::flood::flood;
use soak::ledger::Ledger;
use soak::nodes::Nodes;
use soak::outages::Outages;
use soak::user::User;

/// Each with up to [`soak::user::MAX_SESSIONS`] sessions.
const USERS: u64 = 120;

#[test]
#[ignore = "takes half an hour"]
fn sessions_end_when_they_must_and_only_then() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let minutes = env::var("SOAK_MINUTES").map_or(30.0, |text| text.parse().unwrap());
    let (begin, lasts) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let end = begin + lasts;
    let ledger = Arc::new(Ledger::new(env::var("SOAK_CONTROL").ok()));
    let (nodes, gateways) = Nodes::start(&redis);
    let nodes = Arc::new(nodes);
    let mut outages = Outages::new(redis, gateways, nodes.clone(), ledger.clone());
    thread::scope(|scope| {
        for number in 0..USERS {
            let mut user = User::new(number, nodes.clone(), ledger.clone());
            scope.spawn(move || user.live_until(end));
        }
        scope.spawn(|| flood(&nodes, &ledger, end));
        outages.happen_until(begin, end);
    });
    println!("{}", ledger.table());
    println!("{}", outages.memory());
    let faults = ledger.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(outages.is_flat(), "the memory grows");
    for needed in [
        "let in",
        "revoked",
        "ended in time",
        "flood: refused",
        "gateway killed",
    ] {
        assert!(ledger.count(needed) > 0, "nothing was {needed}");
    }
}
