//! Another Redis takes over: what is written goes there from then on.

use std::time::{Duration, Instant};

use wukongim_auth::DeviceFlag::Web;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, Timestamp, Token};
use wukongim_test_support::forwarder::Forwarder;
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::{RedisSentinel, RedisServer};

use crate::shared::Shared;

const PATIENCE: Duration = Duration::from_secs(60);

/// The address leads to the new primary; the connections stay at the old one, which goes on as its
/// replica. Nobody who writes notices.
#[test]
fn a_demoted_primary_is_left() {
    let (Some(first), Some(second)) = (RedisServer::start_with(&[]), RedisServer::start_with(&[]))
    else {
        return;
    };
    second.follow(&first);
    let way = Forwarder::to(first.port());
    let shared = Shared::over(&format!("redis://127.0.0.1:{}", way.port()));
    for uid in ["a", "b", "c", "d", "e", "f"] {
        shared
            .block_on(shared.issue(uid, Web, issued("t")))
            .unwrap();
    }
    let replicated = Instant::now();
    while second.ask::<i64>(&["DBSIZE"]) < 6 {
        assert!(replicated.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    let _: String = second.ask(&["REPLICAOF", "NO", "ONE"]);
    first.follow(&second);
    way.lead_to(second.port());
    let mut revocations = shared.block_on(shared.store().revocations()).unwrap();
    for (uid, next) in [("a", "b"), ("c", "d"), ("e", "f")] {
        shared
            .block_on(shared.revoke(uid, Web, Timestamp::now()))
            .unwrap();
        shared
            .block_on(shared.issue(next, Web, issued("n")))
            .unwrap();
        let rotation = shared.rotate(next, Web, Token::new("m").into(), Timestamp::MAX);
        shared.block_on(rotation).unwrap();
        let record: String = second.ask(&["HGET", &format!("wkauth:{{{uid}}}"), "1"]);
        assert!(record.contains("revoked_at"), "{record}");
        assert_eq!(shared.block_on(revocations.next()).unwrap().uid, uid);
    }
}

#[test]
fn sentinels_say_who_the_primary_is() {
    let (Some(mut first), Some(second)) =
        (RedisServer::start_with(&[]), RedisServer::start_with(&[]))
    else {
        return;
    };
    second.follow(&first);
    let sentinel = RedisSentinel::watch(&first);
    // The first one is not there, as one of three may be.
    let port = sentinel.port();
    let address = format!("redis+sentinel://127.0.0.1:1,127.0.0.1:{port}/mine");
    let shared = Shared::over(&address);
    let issue = |uid: &str| shared.block_on(shared.issue(uid, Web, issued("t")));
    issue("before").unwrap();
    shared.block_on(shared.store().revocations()).unwrap();
    let _: i64 = first.ask(&["WAIT", "1", "30000"]);
    first.kill();
    let started = Instant::now();
    while sentinel.primary() != second.port() {
        assert!(started.elapsed() < PATIENCE, "no failover");
        std::thread::sleep(Duration::from_millis(100));
    }
    while issue("after").is_err() {
        assert!(
            started.elapsed() < PATIENCE,
            "it does not find the other one"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    for uid in ["before", "after"] {
        let found = shared.block_on(shared.store().get(uid, Web));
        assert!(found.unwrap().is_some(), "{uid}");
    }
    assert_eq!(second.ask::<i64>(&["EXISTS", "wkauth:{after}"]), 1);
}

#[test]
fn a_name_that_no_sentinel_knows_is_a_failure() {
    let Some(first) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&format!("redis+sentinel://127.0.0.1:{}/mine", first.port()));
    let error = shared.block_on(shared.store().get("u", Web)).unwrap_err();
    assert!(error.to_string().starts_with("Redis: "), "{error}");
}
