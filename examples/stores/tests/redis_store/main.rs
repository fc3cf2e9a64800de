//! The Redis adapter by itself, against a real Redis and a real cluster.
#![cfg(unix)]

mod checkup;
mod connection;
mod failover;
mod full;
mod lifetime;
mod revocations;
mod shared;
mod unreadable;

use std::task::{Context, Poll};

use wukongim_auth::DeviceFlag::{App, Pc, Web};
use wukongim_auth::testkit::{self, StoreUnderTest};
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlags, Timestamp, Token};
use wukongim_stores::redis::RedisStore;
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::{RedisCluster, RedisServer};

use shared::{Shared, key};

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

#[test]
fn a_lookup_is_one_call_of_a_script() {
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
        let mut calls = stats.lines().filter_map(line).collect::<Vec<_>>();
        calls.sort();
        calls
    };
    let get = || shared.block_on(shared.store().get("u", Web)).unwrap();
    // Redis is given the script at the first.
    get().unwrap();
    let _: () = redis.ask(&["CONFIG", "RESETSTAT"]);
    get().unwrap();
    assert_eq!(calls(), ["evalsha 1", "hget 1", "hstrlen 1"]);
    let _: () = redis.ask(&["CONFIG", "RESETSTAT"]);
    let flags = DeviceFlags::CLIENTS.without(Web);
    let others = shared.block_on(shared.store().get_all("u", flags)).unwrap();
    assert_eq!(others.len(), 2);
    assert_eq!(calls(), ["evalsha 1", "hget 2", "hstrlen 2"]);
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
        // Where the answer is there immediately, nothing was left to be dropped.
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
