//! Where the gateways are, which stays, and which life each of them leads.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wukongim_test_support::gateway_process::{GatewayProcess, try_post};
use wukongim_test_support::redis_server::RedisServer;

/// Of every token. Long enough that most are renewed before their end, and some are not.
pub const LIFETIME: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub struct Addresses {
    pub http: SocketAddr,
    pub tcp: SocketAddr,
    pub ws: SocketAddr,
}

pub struct Node {
    pub addresses: Addresses,
    /// Counts up before each kill and after each start: odd while it is down.
    pub life: AtomicU64,
}

pub struct Nodes(pub [Node; 2], Mutex<Option<Instant>>);

/// In which users see what a failed lookup has ended.
const LATELY: Duration = Duration::from_secs(15);

impl Nodes {
    pub fn start(redis: &RedisServer) -> (Self, [GatewayProcess; 2]) {
        let gateways = [(), ()].map(|()| start(&arguments(redis)));
        let node = |gateway: &GatewayProcess| Node {
            addresses: Addresses {
                http: gateway.http,
                tcp: gateway.tcp,
                ws: gateway.ws,
            },
            life: AtomicU64::new(0),
        };
        let nodes = [node(&gateways[0]), node(&gateways[1])];
        (Nodes(nodes, Mutex::default()), gateways)
    }

    /// From now on, lookups fail for a moment.
    pub fn redis_goes(&self) {
        *self.1.lock().unwrap() = Some(Instant::now());
    }

    pub fn redis_was_gone_lately(&self) -> bool {
        let went = *self.1.lock().unwrap();
        went.is_some_and(|went| went.elapsed() < LATELY)
    }

    pub fn life(&self, node: usize) -> u64 {
        self.0[node].life.load(Ordering::SeqCst)
    }

    pub fn next_life(&self, node: usize) {
        self.0[node].life.fetch_add(1, Ordering::SeqCst);
    }

    /// At the same addresses.
    pub fn start_again(&self, node: usize, redis: &RedisServer) -> GatewayProcess {
        let Addresses { http, tcp, ws } = self.0[node].addresses;
        let mut all = arguments(redis);
        all.extend([
            format!("--http={http}"),
            format!("--tcp={tcp}"),
            format!("--ws={ws}"),
        ]);
        start(&all)
    }

    /// The HTTP status; an error where the gateway is gone.
    pub fn post(&self, node: usize, path: &str, body: &str) -> io::Result<u16> {
        try_post(self.0[node].addresses.http, path, body)
    }
}

fn start(arguments: &[String]) -> GatewayProcess {
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    GatewayProcess::start(&arguments)
}

/// So few may be unauthenticated that a flood fills the places.
fn arguments(redis: &RedisServer) -> Vec<String> {
    vec![
        format!("--store={}", redis.url()),
        format!("--token-lifetime={}", LIFETIME.as_secs()),
        "--max-unauthenticated=256".to_owned(),
    ]
}
