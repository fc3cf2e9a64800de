//! The gateway with a store that lasts, which dies and comes back at the same ports.

use std::net::TcpListener;
use std::path::PathBuf;

use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::redis_server::RedisServer;

use crate::setup::eventually;

/// A client may be slow to say who it is, on a machine that has much to do.
pub const PATIENT: &str = "--connect-timeout=60";

/// A store that lasts, gone with the test.
pub enum Store {
    File(PathBuf),
    Redis(RedisServer),
}

impl Store {
    pub fn file(name: &str) -> Self {
        let name = format!("guard-restart-{name}-{}.redb", std::process::id());
        let file = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&file);
        Store::File(file)
    }

    /// With every write on the disk before it is acknowledged.
    pub fn redis() -> Self {
        Store::Redis(RedisServer::start().expect("this test needs redis-server"))
    }

    pub fn option(&self) -> String {
        match self {
            Store::File(file) => format!("--store=redb:{}", file.display()),
            Store::Redis(redis) => format!("--store={}", redis.url()),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Store::File(file) = self {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// The gateway.
pub struct Upstream {
    process: Option<GatewayProcess>,
    store: Store,
    pub ports: [String; 3],
}

impl Upstream {
    pub fn start(store: Store) -> Self {
        let process = GatewayProcess::start(&[&store.option(), "--log-level=error", PATIENT]);
        let ports = [process.http, process.tcp, process.ws].map(|port| port.to_string());
        Upstream {
            process: Some(process),
            store,
            ports,
        }
    }

    /// How many clients it has welcomed since it was started.
    pub fn welcomed(&self) -> u64 {
        let page = self.process.as_ref().unwrap().page("/metrics");
        count(&page, r#"wukongim_handshakes_total{outcome="ok"}"#)
    }

    /// Killed, with nothing tidied up.
    pub fn dies(&mut self) {
        self.process = None;
    }

    /// At the same ports, which others may hold for a moment: clients choose theirs among the same numbers.
    pub fn comes_back(&mut self) {
        eventually("the ports are free", || {
            let bound = self.ports.each_ref().map(TcpListener::bind);
            bound.iter().all(Result::is_ok)
        });
        let [http, tcp, ws] = &self.ports;
        let arguments = [
            format!("--http={http}"),
            format!("--tcp={tcp}"),
            format!("--ws={ws}"),
            self.store.option(),
            "--log-level=error".to_owned(),
            PATIENT.to_owned(),
        ];
        self.process = Some(GatewayProcess::start(
            &arguments.each_ref().map(String::as_str),
        ));
    }
}

/// A sample of a page of metrics.
pub fn count(page: &str, name: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |count| count.trim().parse().unwrap())
}
