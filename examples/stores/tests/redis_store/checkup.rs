//! What a Redis that will lose tokens, and a user without the rights, is told of.

use wukongim_auth::testkit::StoreUnderTest;
use wukongim_stores::redis::{Concern, RedisStore};
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::Shared;

/// What is documented.
const RIGHTS: [&str; 16] = [
    "resetchannels",
    "resetkeys",
    "-@all",
    "~wkauth:*",
    "&wkauth:revoked",
    "+ping",
    "+info",
    "+hget",
    "+hstrlen",
    "+hset",
    "+hdel",
    "+hvals",
    "+evalsha",
    "+script|load",
    "+publish",
    "+subscribe",
];

fn concerns(shared: &Shared, address: &str) -> Vec<String> {
    let store = RedisStore::open(address).unwrap();
    let concerns = shared.block_on(store.checkup()).unwrap();
    let host = address.rsplit(['/', '@']).next().unwrap();
    assert!(
        concerns.iter().all(|(node, _)| node == host),
        "{concerns:?}"
    );
    concerns
        .iter()
        .map(|(_, concern)| concern.to_string())
        .collect()
}

#[test]
fn a_redis_that_will_lose_tokens_is_named() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let found = || shared.block_on(shared_store(&redis).checkup()).unwrap();
    assert_eq!(found(), []);
    let _: () = redis.ask(&["CONFIG", "SET", "appendonly", "no"]);
    for policy in ["allkeys-lru", "volatile-lru"] {
        let _: () = redis.ask(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let policy = policy.to_owned();
        let found: Vec<_> = found().into_iter().map(|(_, concern)| concern).collect();
        assert_eq!(found, [Concern::NoAppendOnly, Concern::Evicts { policy }]);
    }
}

fn shared_store(redis: &RedisServer) -> RedisStore {
    RedisStore::open(&redis.url()).unwrap()
}

/// Each right that is documented is needed, and no other is.
#[test]
fn each_right_that_is_missing_is_named() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let grant = |missing: Option<&str>| {
        let rights = RIGHTS.iter().chain(&["+persist", "+pexpireat"]);
        let rights = rights.filter(|&&right| Some(right) != missing);
        let mut command = vec!["ACL", "SETUSER", "gateway", "reset", "on", ">a@b/c"];
        command.extend(rights.filter(|right| !right.starts_with("reset")));
        let _: () = redis.ask(&command);
        concerns(&shared, &redis.url_as("gateway", "a%40b%2Fc"))
    };
    assert_eq!(grant(None), [] as [&str; 0]);
    for (right, says) in [
        ("&wkauth:revoked", "may not PUBLISH wkauth:revoked"),
        ("&wkauth:revoked", "may not SUBSCRIBE wkauth:revoked"),
        ("+publish", "may not PUBLISH"),
        ("+subscribe", "may not SUBSCRIBE"),
        ("~wkauth:*", "may not HGET wkauth:"),
        ("+hdel", "may not HDEL"),
        ("+hset", "may not HSET"),
        ("+hstrlen", "may not HSTRLEN"),
        ("+persist", "may not PERSIST"),
        ("+pexpireat", "may not PEXPIREAT"),
        ("+ping", "may not PING"),
        ("+evalsha", "what the ACL user may do cannot be looked up"),
        ("+script|load", "may not SCRIPT LOAD"),
        (
            "+info",
            "whether tokens outlive a restart and full memory cannot",
        ),
    ] {
        let found = grant(Some(right));
        assert!(
            found.iter().any(|found| found.contains(says)),
            "{right}: {found:?}"
        );
        assert!(
            found.iter().all(|found| !found.contains("a@b")),
            "{found:?}"
        );
    }
}
