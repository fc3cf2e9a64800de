//! All clients reconnect at once, and meanwhile the Redis that the gateways write to disappears for
//! good: sentinels name another one. At the same time, tokens are registered and revoked through a
//! second gateway, and acknowledged writes are checked afterwards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;
use wukongim_test_support::gateway_process::try_post;
use wukongim_test_support::redis_server::{RedisSentinel, RedisServer};

use crate::process::Gateway;
use crate::restart::{Restart, Sizes};
use crate::storm::{Storm, register};

const NAME: &str = "Redis with two replicas, a sentinel and `min-replicas-to-write 1`: the primary is killed for good in the storm";

/// The time limit for steps that take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The pause between two writes.
const PAUSE: Duration = Duration::from_millis(2);

/// What the business server wrote during the storm.
#[derive(Serialize, Deserialize)]
pub struct Written {
    pub acknowledged: u64,
    /// Those that were lost.
    pub lost: u64,
}

/// An acknowledged write.
struct Write {
    uid: String,
    is_revoked: bool,
}

pub fn failover(sizes: &Sizes) -> Restart {
    eprintln!("  {NAME}");
    let start = || {
        let kept = ["--appendonly", "yes", "--appendfsync", "always"];
        let replicated = ["--min-replicas-to-write", "1"];
        let started = RedisServer::start_with(&[&kept[..], &replicated].concat());
        started.expect("this part needs redis-server")
    };
    let (mut primary, replicas) = (start(), [start(), start()]);
    for replica in &replicas {
        replica.follow(&primary);
    }
    let sentinel = RedisSentinel::watch(&primary);
    let store = format!(
        "--store=redis+sentinel://127.0.0.1:{}/mine",
        sentinel.port()
    );
    let gateways = [(), ()].map(|()| Gateway::start(vec![store.clone()]));
    register(&gateways[0], sizes.count);
    until("the replicas have all", || {
        let has_all = |replica: &RedisServer| replica.ask::<u64>(&["DBSIZE"]) >= sizes.count;
        replicas.iter().all(has_all)
    });

    let (is_over, since) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut storm = Storm::begin(&gateways[0].addresses(false), &sizes.storm());
    let (writes, outages) = scope(|scope| {
        let writer = scope.spawn(|| write(&gateways[1], &is_over, &since));
        sleep(sizes.pause() / 2);
        let outages = u32::from(storm.goes_on());
        let killed = primary.port();
        primary.kill();
        until("another is named", || sentinel.primary() != killed);
        since.store(0, Ordering::SeqCst);
        until("it takes writes", || since.load(Ordering::SeqCst) > 10);
        is_over.store(true, Ordering::SeqCst);
        (writer.join().expect("the writer ends"), outages)
    });
    let (report, _) = storm.end();
    let is_named = |replica: &&RedisServer| replica.port() == sentinel.primary();
    let named = replicas.iter().find(is_named).expect("one of them");
    let lost = writes.iter().filter(|write| !write.is_kept(named)).count();
    Restart {
        name: NAME.into(),
        outages,
        report,
        written: Some(Written {
            acknowledged: writes.len() as u64,
            lost: lost as u64,
        }),
    }
}

/// Registers users one after another, and immediately revokes every other one. Failures do not
/// count.
fn write(through: &Gateway, is_over: &AtomicBool, since: &AtomicU64) -> Vec<Write> {
    let mut writes = Vec::new();
    let takes = |path: &str, body: serde_json::Value| {
        let status = try_post(through.http(), path, &body.to_string());
        status.is_ok_and(|status| status == 200)
    };
    for number in 0_u64.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let (uid, is_revoked) = (format!("written-{number}"), number % 2 == 1);
        let issue = json!({"uid": uid, "token": "s3cret", "device_flag": 0, "device_level": 0});
        let quit = json!({"uid": uid, "device_flag": 0});
        let is_taken =
            takes("/user/token", issue) && (!is_revoked || takes("/user/device_quit", quit));
        if is_taken {
            since.fetch_add(1, Ordering::SeqCst);
            writes.push(Write { uid, is_revoked });
        }
        sleep(PAUSE);
    }
    writes
}

impl Write {
    fn is_kept(&self, redis: &RedisServer) -> bool {
        let key = format!("wkauth:{{{}}}", self.uid);
        let record: Option<String> = redis.ask(&["HGET", &key, "0"]);
        record.is_some_and(|record| record.contains("revoked_at") == self.is_revoked)
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}
