//! All clients reconnect at once while the gateway or its Redis is killed and started: no client
//! may be lost, and none with the right token rejected. A control shows the result if Redis
//! forgets.

use std::thread::sleep;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wukongim_test_support::redis_server::RedisServer;

use crate::failover::{Written, failover};
use crate::process::Gateway;
use crate::storm::{Report, Storm, register};

pub const FORGETS: &str = "control: Redis without `appendonly`, restarted before the storm";

/// One before the storm, the others during it.
const OUTAGES: usize = 3;

/// The percentage of clients with a wrong token.
const WRONG: u64 = 10;

#[derive(Serialize, Deserialize)]
pub struct Restart {
    pub name: String,
    /// While clients were connecting.
    pub outages: u32,
    pub report: Report,
    /// By the business server, while clients were connecting.
    #[serde(default)]
    pub written: Option<Written>,
}

pub struct Sizes {
    pub count: u64,
    at_once: u64,
    /// The pause between two events.
    pause: Duration,
}

const FULL: Sizes = Sizes {
    count: 100_000,
    at_once: 2_000,
    pause: Duration::from_secs(2),
};
const QUICK: Sizes = Sizes {
    count: 3_000,
    at_once: 200,
    pause: Duration::from_millis(200),
};

pub fn run(quick: bool) -> Vec<Restart> {
    let sizes = if quick { QUICK } else { FULL };
    let fewer = Sizes {
        count: sizes.count / 10,
        ..sizes
    };
    vec![
        restart(
            "the gateway is killed before the storm and twice in it",
            &sizes,
            Kill::Gateway,
        ),
        restart(
            "Redis, with `appendonly yes` and `appendfsync always`, is killed before the storm and twice in it",
            &sizes,
            Kill::Redis,
        ),
        failover(&sizes),
        forgetful(&fewer),
    ]
}

#[derive(Clone, Copy)]
enum Kill {
    Gateway,
    Redis,
}

/// Registers the users, and lets them connect while one of the two goes down and up.
fn restart(name: &str, sizes: &Sizes, kill: Kill) -> Restart {
    eprintln!("  {name}");
    let kept = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut redis = RedisServer::start_with(&kept).expect("this part needs redis-server");
    let mut gateway = Gateway::start(vec![format!("--store={}", redis.url())]);
    register(&gateway, sizes.count);
    let addresses = gateway.addresses(false);
    let (mut storm, mut outages) = (None, 0);
    for _ in 0..OUTAGES {
        match kill {
            Kill::Gateway => gateway.kill(),
            Kill::Redis => redis.kill(),
        }
        let begun = storm.get_or_insert_with(|| Storm::begin(&addresses, &sizes.storm()));
        sleep(sizes.pause / 2);
        outages += u32::from(begun.goes_on());
        match kill {
            Kill::Gateway => gateway.start_again(),
            Kill::Redis => redis.restart(),
        }
        sleep(sizes.pause);
    }
    let (report, _) = storm.expect("it began").end();
    Restart {
        name: name.into(),
        outages,
        report,
        written: None,
    }
}

fn forgetful(sizes: &Sizes) -> Restart {
    eprintln!("  {FORGETS}");
    let mut redis = RedisServer::start_with(&[]).expect("this part needs redis-server");
    let gateway = Gateway::start(vec![format!("--store={}", redis.url())]);
    register(&gateway, sizes.count);
    redis.restart();
    let (report, _) = Storm::begin(&gateway.addresses(false), &sizes.storm()).end();
    Restart {
        name: FORGETS.into(),
        outages: 0,
        report,
        written: None,
    }
}

impl Sizes {
    /// The pause between two events.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    pub fn storm(&self) -> Vec<String> {
        vec![
            "--registered".to_owned(),
            "--retry".to_owned(),
            format!("--users={}", self.count),
            format!("--count={}", self.count),
            format!("--at-once={}", self.at_once),
            format!("--wrong={WRONG}"),
        ]
    }
}
