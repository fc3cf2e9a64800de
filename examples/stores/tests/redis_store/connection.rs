//! Connections that are closed, or fall silent: the next question does not pay for it.

use std::time::{Duration, Instant};

use wukongim_auth::DeviceFlag::Web;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, Timestamp, Token};
use wukongim_test_support::forwarder::Forwarder;
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::Shared;

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_connection_that_was_closed_while_idle_costs_no_question() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let close = || redis.ask::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]);
    for round in 0..20 {
        let token = format!("token-{round}");
        shared
            .block_on(shared.issue("u", Web, issued(&token)))
            .unwrap();
        close();
        let found = shared.block_on(shared.store().get("u", Web));
        assert!(found.unwrap().is_some());
        close();
        let rotation = shared.rotate("u", Web, Token::new("next").into(), Timestamp::MAX);
        shared.block_on(rotation).unwrap();
        let record = shared.block_on(shared.store().get("u", Web)).unwrap();
        let record = format!("{:?}", record.unwrap());
        assert!(record.contains("superseded"), "{record}");
        close();
        shared
            .block_on(shared.revoke("u", Web, Timestamp::now()))
            .unwrap();
        close();
    }
}

/// It takes what it is sent, as a broken way through a network does, or a machine that hangs.
#[test]
fn a_connection_that_fell_silent_is_given_up() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let way = Forwarder::to(redis.port());
    let shared = Shared::over(&format!("redis://127.0.0.1:{}", way.port()));
    shared
        .block_on(shared.issue("u", Web, issued("t")))
        .unwrap();
    let get = || shared.block_on(shared.store().get("u", Web));
    get().unwrap();
    way.silence();
    let started = Instant::now();
    while get().is_err() {
        assert!(started.elapsed() < PATIENCE, "it waits forever");
    }
    // The other store's connection, by a write.
    let started = Instant::now();
    while let Err(error) = shared.block_on(shared.revoke("u", Web, Timestamp::now())) {
        assert!(started.elapsed() < PATIENCE, "it waits forever: {error}");
    }
}
