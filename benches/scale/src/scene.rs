//! One way to put the example gateway under load: its store, and its clients.

use wukongim_test_support::redis_server::RedisServer;

use crate::process::Gateway;
use crate::storm::{Report, Storm, register};

pub const MEMORY: &str = "memory";
pub const REDIS: &str = "Redis";

/// Connections at once, unless there are many.
const FEW: u64 = 200;
const MANY: u64 = 8_000;

#[derive(Clone, Copy)]
pub struct Case {
    pub store: &'static str,
    pub clients: &'static str,
    /// For the gateway, and for the load generator.
    gateway: &'static str,
    storm: &'static str,
    over_ws: bool,
    pub at_once: u64,
}

pub const NO_KEYS: &str = "binary, no keys";
pub const KEYS: &str = "binary, session keys";
pub const JSON: &str = "JSON-RPC";
pub const JSON_WS: &str = "JSON-RPC over WebSocket";

pub fn cases() -> Vec<Case> {
    let (binary, json) = ("--protocol=binary", "--protocol=json-rpc");
    let kinds = [
        (NO_KEYS, "--no-keys", binary, false, FEW),
        (KEYS, "", binary, false, FEW),
        (JSON, "", json, false, FEW),
        (JSON_WS, "", json, true, FEW),
        (KEYS, "", binary, false, MANY),
    ];
    let with = |store| {
        kinds.map(|(clients, gateway, storm, over_ws, at_once)| Case {
            store,
            clients,
            gateway,
            storm,
            over_ws,
            at_once,
        })
    };
    [with(MEMORY), with(REDIS)].concat()
}

/// The gateway, with its users registered, and its Redis.
pub struct Scene {
    case: Case,
    users: u64,
    pub gateway: Gateway,
    pub redis: Option<RedisServer>,
}

impl Scene {
    pub fn set(case: Case, users: u64) -> Self {
        let redis = (case.store == REDIS)
            .then(|| RedisServer::start_with(&[]).expect("this part needs redis-server"));
        let store = redis
            .as_ref()
            .map(|redis| format!("--store={}", redis.url()));
        let keys = Some(case.gateway.to_owned()).filter(|argument| !argument.is_empty());
        let gateway = Gateway::start(store.into_iter().chain(keys).collect());
        register(&gateway, users);
        Scene {
            case,
            users,
            gateway,
            redis,
        }
    }

    /// Also returns the processor time that the load generator used.
    pub fn storm(&self, count: u64) -> (Report, f64) {
        let storm = [
            "--registered".to_owned(),
            "--retry".to_owned(),
            self.case.storm.to_owned(),
            format!("--users={}", self.users),
            format!("--count={count}"),
            format!("--at-once={}", self.case.at_once),
        ];
        Storm::begin(&self.gateway.addresses(self.case.over_ws), &storm).end()
    }
}
