//! The Redis adapter by itself, against a real Redis and a real cluster.
#![cfg(unix)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::Runtime;
use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::{self, StoreUnderTest};
use wukongim_auth::{
    AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, DeviceLevel, Timestamp, Token, TokenRecord,
};
use wukongim_stores::redis::RedisStore;
use wukongim_test_support::redis_server::{RedisCluster, RedisServer};

/// Two gateways' connections to one Redis: what one writes, the other reads.
struct Shared {
    runtime: Runtime,
    stores: [RedisStore; 2],
    turn: AtomicUsize,
    urls: Vec<String>,
}

impl Shared {
    fn over(urls: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let stores = {
            let _inside = runtime.enter();
            [
                RedisStore::open(urls).unwrap(),
                RedisStore::open(urls).unwrap(),
            ]
        };
        let turn = AtomicUsize::new(0);
        Shared {
            runtime,
            stores,
            turn,
            urls: urls.split(',').map(str::to_owned).collect(),
        }
    }

    fn writer(&self) -> &RedisStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl StoreUnderTest for Shared {
    type Store = RedisStore;

    fn store(&self) -> &RedisStore {
        &self.stores[0]
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        Ok(self.writer().issue(uid, flag, record).await?)
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        Ok(self
            .writer()
            .rotate(uid, flag, secret, overlap_ends)
            .await?)
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        Ok(self.writer().revoke(uid, flag, now).await?)
    }

    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        let field = u8::from(flag).to_string();
        let mut command = redis::cmd("HSET");
        command.arg(key(uid)).arg(field).arg(written);
        // In a cluster, one of the nodes takes it.
        let mut taken = self.urls.iter().map(|url| -> redis::RedisResult<()> {
            command.exec(&mut redis::Client::open(url.as_str())?.get_connection()?)
        });
        Ok(taken.any(|outcome| outcome.is_ok()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// Of a uid without braces.
fn key(uid: &str) -> String {
    format!("wkauth:{{{uid}}}")
}

fn issued(token: &str) -> TokenRecord {
    TokenRecord::issue(Token::new(token), DeviceLevel::Slave)
}

#[test]
fn two_gateways_on_one_redis_keep_the_contract() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let report = testkit::check(&Shared::over(&redis.url()));
    assert!(report.holds() && report.skipped().is_empty(), "{report}");
}

#[test]
fn two_gateways_on_a_cluster_keep_the_contract() {
    let Some(cluster) = RedisCluster::start() else {
        return;
    };
    let report = testkit::check(&Shared::over(&cluster.urls()));
    assert!(report.holds() && report.skipped().is_empty(), "{report}");
    for node in cluster.nodes() {
        let keys: u64 = node.ask(&["DBSIZE"]);
        assert!(keys > 20, "a node has {keys} keys: not all are on one");
    }
}

#[test]
fn the_database_holds_no_token() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let canary = "a-token-that-is-nowhere-else";
    let write = async {
        shared.issue("alice", Web, issued(canary)).await?;
        let next = Token::new([canary, "-2"].concat()).into();
        shared.rotate("alice", Web, next, Timestamp::MAX).await?;
        shared.issue("bob", Web, issued(canary)).await?;
        shared.revoke("bob", Web, Timestamp::now()).await
    };
    shared.block_on(write).unwrap();
    for uid in ["alice", "bob"] {
        let written: Vec<String> = redis.ask(&["HGETALL", &key(uid)]);
        assert_eq!(written[0], "1", "{written:?}");
        assert!(
            written[1].contains("sha256") && !written[1].contains(canary),
            "{written:?}"
        );
    }
    let keys: Vec<String> = redis.ask(&["KEYS", "*"]);
    assert_eq!(keys.len(), 2, "{keys:?}");
}

/// What is registered for a user, and when the key ends: `None` where it never does.
#[test]
fn a_key_lives_as_long_as_its_longest_record_and_the_retention() {
    const DAY: i64 = 86_400_000;
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let now = Timestamp::now().as_millis();
    let ending = |end| issued("t").with_expiry(Timestamp::from_millis(end));
    let revoked = |at| move |record: TokenRecord| record.revoke(Timestamp::from_millis(at));
    let (first, second, third) = (now + DAY, now + 2 * DAY + 1, now + 3 * DAY);
    type Case = (&'static str, Vec<(DeviceFlag, TokenRecord)>, Option<i64>);
    let cases: [Case; 9] = [
        ("no end", vec![(Web, issued("t"))], None),
        ("one end", vec![(Web, ending(first))], Some(first)),
        (
            "ended yesterday",
            vec![(Web, ending(now - DAY))],
            Some(now - DAY),
        ),
        (
            "the latest of several",
            vec![
                (App, ending(second)),
                (Web, ending(third)),
                (Pc, ending(first)),
            ],
            Some(third),
        ),
        (
            "one of several without an end",
            vec![(App, ending(first)), (System, issued("t"))],
            None,
        ),
        (
            "a tombstone without an end",
            vec![(Web, revoked(now)(issued("t")))],
            Some(now),
        ),
        (
            "a tombstone before its end",
            vec![(Web, revoked(now)(ending(third)))],
            Some(now),
        ),
        (
            "a tombstone beside a token",
            vec![(Web, revoked(now)(issued("t"))), (App, ending(first))],
            Some(first),
        ),
        (
            "the end of time",
            vec![(Web, issued("t").with_expiry(Timestamp::MAX))],
            None,
        ),
    ];
    let retention = i64::try_from(TokenRecord::RETENTION.as_millis()).unwrap();
    for (uid, records, ends) in cases {
        for (flag, record) in records {
            shared.block_on(shared.issue(uid, flag, record)).unwrap();
        }
        let expires: i64 = redis.ask(&["PEXPIRETIME", &key(uid)]);
        assert_eq!(expires, ends.map_or(-1, |end| end + retention), "{uid}");
    }
}

#[test]
fn a_keys_life_follows_rotation_and_revocation() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let retention = i64::try_from(TokenRecord::RETENTION.as_millis()).unwrap();
    let now = Timestamp::now();
    let end = now.saturating_add(TokenRecord::RETENTION);
    let ends = || redis.ask::<i64>(&["PEXPIRETIME", &key("u")]);
    let record = issued("first").with_expiry(end);
    shared.block_on(shared.issue("u", Web, record)).unwrap();
    let rotation = shared.rotate("u", Web, Token::new("second").into(), now);
    shared.block_on(rotation).unwrap();
    assert_eq!(ends(), end.as_millis() + retention);
    shared.block_on(shared.revoke("u", Web, now)).unwrap();
    assert_eq!(ends(), now.as_millis() + retention);
    shared
        .block_on(shared.issue("u", Web, issued("third")))
        .unwrap();
    assert_eq!(ends(), -1);
}

#[test]
fn a_lookup_is_one_command() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    for flag in [App, Web, Pc] {
        shared
            .block_on(shared.issue("u", flag, issued("t")))
            .unwrap();
    }
    let calls = || {
        let stats: String = redis.ask(&["INFO", "commandstats"]);
        let line = |line: &str| {
            let (name, counts) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let is_data = !name.starts_with("info")
                && !name.starts_with("config")
                && !name.starts_with("client");
            is_data.then(|| format!("{name} {}", counts.split(',').next().unwrap()))
        };
        stats.lines().filter_map(line).collect::<Vec<_>>()
    };
    let _: () = redis.ask(&["CONFIG", "RESETSTAT"]);
    shared
        .block_on(shared.store().get("u", Web))
        .unwrap()
        .unwrap();
    assert_eq!(calls(), ["hget 1"]);
    let _: () = redis.ask(&["CONFIG", "RESETSTAT"]);
    assert_eq!(
        shared
            .block_on(
                shared
                    .store()
                    .get_all("u", DeviceFlags::CLIENTS.without(Web))
            )
            .unwrap()
            .len(),
        2
    );
    assert_eq!(calls(), ["hmget 1"]);
}

/// Nothing that stands in the database, and nothing that Redis says, is taken for "no token", and
/// an error quotes no record.
#[test]
fn what_cannot_be_read_is_an_error_that_says_where() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let field = |value: &'static str| vec!["HSET", "wkauth:{u}", "1", value];
    let cases = [
        (vec!["SET", "wkauth:{u}", "value"], "WRONGTYPE"),
        (vec!["RPUSH", "wkauth:{u}", "value"], "WRONGTYPE"),
        (
            field("garbage"),
            "it is not a record as JSON, at line 1 column 1",
        ),
        (field(""), "it is not a record as JSON, at line 1 column 0"),
        (
            field(r#"{"v":1,"token":"canary","device_level":"canary"}"#),
            "it is not a record as JSON",
        ),
        (
            field(r#"{"v":2,"token":"canary"}"#),
            "stored record has version 2",
        ),
        (field(r#"{"v":1}"#), "exactly one of token and sha256"),
        (
            field(r#"{"v":1,"sha256":"canary"}"#),
            "64 hexadecimal digits",
        ),
    ];
    for (write, says) in cases {
        let _: i64 = redis.ask(&["DEL", "wkauth:{u}"]);
        let _: redis::Value = redis.ask(&write);
        let errors = [
            shared.block_on(shared.store().get("u", Web)).unwrap_err(),
            shared
                .block_on(
                    shared
                        .store()
                        .get_all("u", DeviceFlags::CLIENTS.without(App)),
                )
                .unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.contains(says), "{error} for {write:?}");
            assert!(!error.contains("canary"), "{error}");
        }
    }
    let error = shared.block_on(shared.revoke("u", Web, Timestamp::now()));
    assert!(
        error.is_ok(),
        "the script needs less than the reader: {error:?}"
    );
    for written in ["garbage", r#"{"v":2,"token":"canary"}"#, r#"{"v":1}"#] {
        let _: redis::Value = redis.ask(&field(written));
        let outcome = shared.block_on(shared.revoke("u", Web, Timestamp::now()));
        let error = outcome.unwrap_err().to_string();
        assert!(
            error.contains("its version or its secret is not known"),
            "{error}"
        );
        let rotation = shared.rotate("u", Web, Token::new("next").into(), Timestamp::MAX);
        shared.block_on(rotation).unwrap_err();
        let now: String = redis.ask(&["HGET", "wkauth:{u}", "1"]);
        assert_eq!(now, written, "it is left as it was");
    }
}

#[test]
fn a_revocation_is_told_to_all_and_only_a_revocation() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let heard = shared.block_on(async {
        let mut revocations = shared.store().revocations().await?;
        let _: i64 = redis.ask(&["PUBLISH", "wkauth:revoked", "not for us"]);
        shared.issue("a\"{b}", Web, issued("t")).await?;
        shared
            .rotate("a\"{b}", Web, Token::new("n").into(), Timestamp::MAX)
            .await?;
        shared.revoke("nobody", Web, Timestamp::now()).await?;
        shared.revoke("a\"{b}", Web, Timestamp::now()).await?;
        let first = revocations.next().await?;
        let _: i64 = redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        let lost = revocations.next().await.unwrap_err().to_string();
        Ok::<_, BoxError>((first.uid, first.device_flag, lost))
    });
    let heard = heard.unwrap();
    assert_eq!((heard.0.as_str(), heard.1), ("a\"{b}", Web));
    assert_eq!(heard.2, "the subscription has ended");
}

/// A client that goes away in the middle: its question is dropped, and its answer is nobody else's.
#[test]
fn a_question_that_is_dropped_disturbs_no_other() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    shared.block_on(async {
        shared.issue("alice", Web, issued("right")).await.unwrap();
        let store = shared.store();
        let mut dropped = 0;
        // Where the answer is there at once, nothing was left to be dropped.
        for _ in 0..1_000 {
            let mut question = Box::pin(store.get("nobody", Web));
            let once = |context: &mut Context<'_>| Poll::Ready(question.as_mut().poll(context));
            dropped += usize::from(std::future::poll_fn(once).await.is_pending());
            drop(question);
            let record = store.get("alice", Web).await.unwrap();
            assert!(record.is_some(), "the answer to another question");
        }
        assert!(dropped > 0, "no question was dropped");
        assert!(store.get("nobody", Web).await.unwrap().is_none());
    });
}

#[test]
fn what_is_no_address_is_refused_and_not_repeated() {
    for urls in [
        "redis://",
        "redis://:s3cret@h:99999",
        "redis://a,http://b",
        "redis://a,,redis://b",
    ] {
        let error = RedisStore::open(urls)
            .err()
            .unwrap_or_else(|| panic!("{urls} is taken"));
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
