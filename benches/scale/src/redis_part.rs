//! The gateway's adapter with a Redis on this machine: the cost of a lookup, lookups per second,
//! and the memory for a user.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use wukongim_auth::{AsyncTokenStore, DeviceFlags};
use wukongim_stores::redis::RedisStore;
use wukongim_test_support::redis_server::RedisServer;

use crate::latency::{Latency, Micros};
use crate::process::cpu_seconds;
use crate::users::{FLAG, record, text, token, uid};
use crate::walk::Walk;

pub const GET: &str = "get (script)";
pub const OTHERS: &str = "get_all (script)";
pub const ISSUE: &str = "issue (script)";

/// Queries in flight at the same time.
pub const AT_ONCE: u64 = 64;

#[derive(Serialize, Deserialize)]
pub struct Redis {
    pub version: String,
    pub users: u64,
    /// In addition to the memory of an empty Redis.
    pub bytes: f64,
    /// For one user's key, according to `MEMORY USAGE`.
    pub key_bytes: u64,
    pub rows: Vec<Asked>,
}

#[derive(Serialize, Deserialize)]
pub struct Asked {
    pub name: String,
    pub at_once: u64,
    pub per_second: f64,
    pub answer: Micros,
    /// Processor time of one query, in microseconds: in Redis, and in this program.
    pub redis_cpu: f64,
    pub own_cpu: f64,
}

struct Sizes {
    users: u64,
    in_sequence: u64,
    together: u64,
}

const FULL: Sizes = Sizes {
    users: 1_000_000,
    in_sequence: 100_000,
    together: 1_000_000,
};
const QUICK: Sizes = Sizes {
    users: 2_000,
    in_sequence: 1_000,
    together: 10_000,
};

pub fn run(quick: bool) -> Redis {
    let sizes = if quick { QUICK } else { FULL };
    let server = RedisServer::start_with(&[]).expect("this part needs redis-server");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(measure(&server, &sizes))
}

async fn measure(server: &RedisServer, sizes: &Sizes) -> Redis {
    let store = RedisStore::open(&server.url()).expect("an address");
    let users = sizes.users;
    let before: u64 = info(server, "memory", "used_memory:");
    let issue = async |user| {
        let (uid, token) = (uid(user), token(user));
        let issuing = store.issue(text(&uid), FLAG, record(text(&token)));
        issuing.await.expect("issued");
    };
    let get = async |user| {
        let found = store.get(text(&uid(user)), FLAG).await.expect("an answer");
        assert!(found.is_some());
    };
    let others = async |user| {
        let flags = DeviceFlags::CLIENTS.without(FLAG);
        let found = store.get_all(text(&uid(user)), flags).await;
        assert!(found.expect("an answer").is_empty());
    };
    let asked = Asking { server, users };
    let issued = asked.each(ISSUE, issue).await;
    let after: u64 = info(server, "memory", "used_memory:");
    let (one, many) = ((1, sizes.in_sequence), (AT_ONCE, sizes.together));
    let rows = vec![
        asked.at_random(GET, one, get).await,
        asked.at_random(OTHERS, one, others).await,
        asked.at_random(GET, many, get).await,
        asked.at_random(OTHERS, many, others).await,
        issued,
    ];
    let key = format!("wkauth:{{{}}}", text(&uid(0)));
    Redis {
        version: info(server, "server", "redis_version:"),
        users,
        bytes: (after - before) as f64 / users as f64,
        key_bytes: server.ask(&["MEMORY", "USAGE", &key]),
        rows,
    }
}

struct Asking<'a> {
    server: &'a RedisServer,
    users: u64,
}

impl Asking<'_> {
    /// Once for each user.
    async fn each(&self, name: &str, ask: impl AsyncFn(u64)) -> Asked {
        let next = AtomicU64::new(0);
        let user = || Some(next.fetch_add(1, Relaxed)).filter(|user| *user < self.users);
        self.at_once(name, AT_ONCE, |_| user, ask).await
    }

    /// This many queries at once, this many times.
    async fn at_random(
        &self,
        name: &str,
        (at_once, times): (u64, u64),
        ask: impl AsyncFn(u64),
    ) -> Asked {
        let users = |task| {
            let mut walk = Walk::among(self.users, task);
            let mut left = times / at_once;
            move || {
                left = left.checked_sub(1)?;
                Some(walk.next())
            }
        };
        self.at_once(name, at_once, users, ask).await
    }

    async fn at_once<U: FnMut() -> Option<u64>>(
        &self,
        name: &str,
        at_once: u64,
        users: impl Fn(u64) -> U,
        ask: impl AsyncFn(u64),
    ) -> Asked {
        let pid = pid(self.server);
        let cpu = || (cpu_seconds(pid), cpu_seconds(std::process::id()));
        let (started, before) = (Instant::now(), cpu());
        let task = async |task| {
            let (mut users, mut latency) = (users(task), Latency::new());
            while let Some(user) = users() {
                let asked = Instant::now();
                ask(user).await;
                latency.record(asked.elapsed());
            }
            latency
        };
        let latencies = join_all((0..at_once).map(task)).await;
        let (took, after) = (started.elapsed(), cpu());
        let mut all = Latency::new();
        for latency in &latencies {
            all.add(latency);
        }
        let count = all.count() as f64;
        Asked {
            name: name.into(),
            at_once,
            per_second: count / took.as_secs_f64(),
            answer: all.micros(),
            redis_cpu: (after.0 - before.0) * 1e6 / count,
            own_cpu: (after.1 - before.1) * 1e6 / count,
        }
    }
}

/// A line of `INFO`.
fn info<T: std::str::FromStr>(server: &RedisServer, section: &str, name: &str) -> T {
    let info: String = server.ask(&["INFO", section]);
    let line = info.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|value| value.trim().parse().ok());
    value.unwrap_or_else(|| panic!("INFO has no {name}"))
}

/// The process, for its processor time.
pub fn pid(server: &RedisServer) -> u32 {
    info(server, "server", "process_id:")
}
