//! A real `redis-server`, started for one test and gone with it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::{Client, Connection, FromRedisValue, RedisResult, cmd};

/// How long it may take to start, and to answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct RedisServer {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    directory: PathBuf,
}

impl RedisServer {
    /// On a free port, with every write on the disk before it is acknowledged. `None`, and a line
    /// that says so, where there is no `redis-server` and nobody insists.
    pub fn start() -> Option<Self> {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let is_there = Command::new("redis-server")
            .arg("--version")
            .output()
            .is_ok();
        if !is_there {
            let must_be = ["REQUIRE_REDIS", "CI"]
                .iter()
                .any(|name| std::env::var_os(name).is_some());
            assert!(
                !must_be,
                "redis-server is missing: apt-get install redis-server"
            );
            eprintln!("SKIPPED: redis-server is missing (REQUIRE_REDIS=1 makes that a failure)");
            return None;
        }
        let arguments: Vec<_> = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
        // Another process may take the port before Redis does.
        (0..10)
            .find_map(|_| Self::try_start(free_port(), &arguments))
            .map_or_else(|| panic!("redis-server does not start"), Some)
    }

    fn try_start(port: u16, arguments: &[String]) -> Option<Self> {
        let directory = std::env::temp_dir().join(format!("wukongim-auth-redis-{port}"));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let child = spawn(port, arguments, &directory);
        let mut server = RedisServer {
            child,
            port,
            arguments: arguments.to_vec(),
            directory,
        };
        server.becomes_ready().then_some(server)
    }

    fn becomes_ready(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Ok(mut connection) = self.try_connect() {
                // Another Redis may be on this port, and ours have given up.
                let pid: RedisResult<String> = cmd("INFO").arg("server").query(&mut connection);
                let own = format!("process_id:{}\r\n", self.child.id());
                if pid.is_ok_and(|info| info.contains(&own)) {
                    return true;
                }
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// As another user; what is not letters and digits has to be percent-encoded.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("redis://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// Follows another one, and is done when it has all that that one has.
    pub fn follow(&self, primary: &RedisServer) {
        let port = primary.port.to_string();
        let _: String = self.ask(&["REPLICAOF", "127.0.0.1", &port]);
        let started = Instant::now();
        while !self
            .ask::<String>(&["INFO", "replication"])
            .contains("master_link_status:up")
        {
            assert!(started.elapsed() < PATIENCE, "it does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn try_connect(&self) -> RedisResult<Connection> {
        let connection = Client::open(self.url())?.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    /// Asks it something, on a connection of its own.
    pub fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        self.try_ask(command).unwrap()
    }

    pub fn try_ask<T: FromRedisValue>(&self, command: &[&str]) -> RedisResult<T> {
        let mut connection = self.try_connect()?;
        let (name, arguments) = command.split_first().unwrap();
        cmd(name).arg(arguments).query(&mut connection)
    }

    /// At once, with nothing tidied up.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// On the same port, with what it had written down.
    pub fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.port, &self.arguments, &self.directory);
        assert!(self.becomes_ready(), "redis-server does not start again");
    }

    /// Keeps its connections, and does nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A sentinel that watches one primary, under the name `mine`.
pub struct RedisSentinel {
    child: Child,
    port: u16,
    directory: PathBuf,
}

impl RedisSentinel {
    /// Knows the replica when this returns.
    pub fn watch(primary: &RedisServer) -> Self {
        let port = free_port();
        let directory = std::env::temp_dir().join(format!("wukongim-auth-sentinel-{port}"));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("sentinel.conf");
        let settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor mine 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds mine 1000\nsentinel failover-timeout mine 5000\n",
            directory.display(),
            primary.port
        );
        std::fs::write(&file, settings).unwrap();
        let child = Command::new("redis-server")
            .arg(&file)
            .arg("--sentinel")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let sentinel = RedisSentinel {
            child,
            port,
            directory,
        };
        let knows_a_replica = || {
            let asked = sentinel.try_ask::<Vec<redis::Value>>(&["SENTINEL", "REPLICAS", "mine"]);
            asked.is_ok_and(|replicas| !replicas.is_empty())
        };
        let started = Instant::now();
        while !knows_a_replica() {
            assert!(started.elapsed() < PATIENCE, "the sentinel sees no replica");
            std::thread::sleep(Duration::from_millis(50));
        }
        sentinel
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of the primary, as the sentinel knows it.
    pub fn primary(&self) -> u16 {
        let question = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mine"];
        let (_, port) = self.try_ask::<(String, u16)>(&question).unwrap();
        port
    }

    pub fn try_ask<T: FromRedisValue>(&self, command: &[&str]) -> RedisResult<T> {
        let url = format!("redis://127.0.0.1:{}", self.port);
        let mut connection = Client::open(url)?.get_connection_with_timeout(PATIENCE)?;
        let (name, arguments) = command.split_first().unwrap();
        cmd(name).arg(arguments).query(&mut connection)
    }
}

impl Drop for RedisSentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Three nodes that share the slots: a cluster without replicas.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    pub fn start() -> Option<Self> {
        let bus = [free_port(), free_port(), free_port()].map(|port| port.to_string());
        let mut nodes = Vec::new();
        for bus in &bus {
            let mut arguments = vec!["--cluster-enabled", "yes", "--cluster-port", bus];
            // Two of them go on without the third.
            arguments.extend(["--cluster-require-full-coverage", "no"]);
            nodes.push(RedisServer::start_with(&arguments)?);
        }
        for (node, [from, to]) in
            nodes
                .iter()
                .zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]])
        {
            let _: () = node.ask(&["CLUSTER", "ADDSLOTSRANGE", from, to]);
        }
        let ports: Vec<_> = nodes.iter().map(|node| node.port.to_string()).collect();
        for (port, bus) in ports.iter().zip(&bus).skip(1) {
            let _: () = nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", port, bus]);
        }
        let cluster = RedisCluster(nodes);
        cluster.becomes_whole();
        Some(cluster)
    }

    fn becomes_whole(&self) {
        let started = Instant::now();
        let is_whole = |node: &RedisServer| {
            let info: String = node.ask(&["CLUSTER", "INFO"]);
            let whole = ["state:ok", "known_nodes:3", "slots_ok:16384"];
            whole
                .iter()
                .all(|what| info.contains(&format!("cluster_{what}\r")))
        };
        while !self.0.iter().all(is_whole) {
            assert!(
                started.elapsed() < PATIENCE,
                "the nodes do not find each other"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn nodes(&self) -> &[RedisServer] {
        &self.0
    }

    /// Of the first node's slots nobody knows anything from then on.
    pub fn kill_the_first(&mut self) {
        self.0[0].kill();
    }

    /// Whether a key is at another node than the first.
    pub fn is_beside_the_first(&self, key: &str) -> bool {
        let slot: u16 = self.0[0].ask(&["CLUSTER", "KEYSLOT", key]);
        slot > 5460
    }

    pub fn urls(&self) -> String {
        let urls: Vec<_> = self.0.iter().map(RedisServer::url).collect();
        urls.join(",")
    }
}

fn spawn(port: u16, arguments: &[String], directory: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command
        .args(["--save", "", "--loglevel", "warning", "--dir"])
        .arg(directory);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.spawn().expect("redis-server starts")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
