//! How one gateway hears of what another one revoked.

use std::time::{Duration, Instant};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::redis_server::{RedisCluster, RedisServer};

use super::redis::gateway_on;
use super::session;

#[test]
fn a_revocation_that_nobody_was_told_of_is_made_good() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen immediately");
    here.issue("alice", "s3cret", 0, 0);
    let mut client = session(&there, "s3cret");
    let _: i64 = redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    here.quit("alice", 0);
    assert_eq!(client.is_kicked(), "the token was revoked");
    there.log_line("seen late");
}

/// Silence that is none: the connection is there, and nothing comes of it.
#[test]
fn a_redis_that_falls_silent_is_listened_to_again() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let [here, there] = two_gateways_on(&redis.url());
    redis.pause();
    there.log_line("seen late");
    redis.resume();
    listens_again(&there);
    there_it_ends(&here, &there, "alice");
}

#[test]
fn a_redis_that_forgot_the_scripts_is_given_them_again() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let [here, there] = two_gateways_on(&redis.url());
    there_it_ends(&here, &there, "alice");
    let _: String = redis.ask(&["SCRIPT", "FLUSH"]);
    there_it_ends(&here, &there, "bob");
}

#[test]
fn gateways_on_a_cluster_hear_of_revocations_also_when_a_node_is_gone() {
    let Some(mut cluster) = RedisCluster::start() else {
        return;
    };
    let [here, there] = two_gateways_on(&cluster.urls());
    let uids: Vec<_> = (0..40).map(|user| format!("user-{user}")).collect();
    let is_beside = |uid: &&String| cluster.is_beside_the_first(&format!("wkauth:{{{uid}}}"));
    let (beside, first): (Vec<_>, Vec<_>) = uids.iter().partition(is_beside);
    there_it_ends(&here, &there, beside[0]);
    there_it_ends(&here, &there, first[0]);
    for node in cluster.nodes() {
        let _: String = node.ask(&["SCRIPT", "FLUSH"]);
    }
    there_it_ends(&here, &there, beside[1]);
    // The one that both are subscribed at.
    cluster.kill_the_first();
    listens_again(&there);
    there_it_ends(&here, &there, beside[2]);
    assert!(!there.log().contains("panicked"), "{}", there.log());
}

#[test]
fn a_redis_that_lost_its_data_ends_no_session() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let [here, there] = two_gateways_on(&redis.url());
    here.issue("alice", "s3cret", 0, 0);
    let mut client = session(&there, "s3cret");
    let _: String = redis.ask(&["FLUSHALL"]);
    // All sessions are held against today's records when it listens again.
    let _: i64 = redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    listens_again(&there);
    there_it_ends(&here, &there, "bob");
    assert!(client.is_alive());
}

pub fn two_gateways_on(urls: &str) -> [GatewayProcess; 2] {
    // The recheck would find out in the end whatever was missed: nothing here may need it.
    let arguments = [
        &*format!("--store={urls}"),
        "--log-level=debug",
        "--recheck=3600",
    ];
    let gateways = [(), ()].map(|()| GatewayProcess::start(&arguments));
    for gateway in &gateways {
        gateway.log_line("seen immediately");
    }
    gateways
}

fn listens_again(gateway: &GatewayProcess) {
    let started = Instant::now();
    while gateway.log().matches("seen immediately").count() < 2 {
        assert!(started.elapsed() < PATIENCE, "{}", gateway.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A token is issued and revoked `here`, and the session with it is `there`, which is told and need
/// not find out.
fn there_it_ends(here: &GatewayProcess, there: &GatewayProcess, uid: &str) {
    here.issue(uid, "s3cret", 0, 0);
    let hello = Hello {
        uid,
        ..Hello::new("s3cret")
    };
    let mut client = Client::connect(Socket::tcp(there.tcp), hello).unwrap();
    here.quit(uid, 0);
    assert_eq!(client.is_kicked(), "the token was revoked");
    there.log_line(&format!("told of a revocation uid={uid:?}"));
}
