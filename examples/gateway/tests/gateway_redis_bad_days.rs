//! A Redis without memory, one that forgets, one behind TLS, and a user without all rights.
#![cfg(unix)]

mod redis;

use std::path::{Path, PathBuf};
use std::process::Command;

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::redis_server::RedisServer;

use redis::{Answer, connect, gateway_on};

fn session(gateway: &GatewayProcess, token: &str) -> Client {
    Client::connect(Socket::tcp(gateway.tcp), Hello::new(token)).unwrap()
}

#[test]
fn a_revocation_works_on_a_full_redis() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen immediately");
    here.issue("alice", "s3cret", 0, 0);
    let mut clients = [session(&here, "s3cret"), session(&there, "s3cret")];
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let body = r#"{"uid":"bob","token":"t","device_flag":0,"device_level":0}"#;
    assert_eq!(here.post("/user/token", body, "").0, 503, "the control");
    here.quit("alice", 0);
    for client in &mut clients {
        assert_eq!(client.is_kicked(), "the token was revoked");
    }
    assert_eq!(connect(&there, "s3cret"), Answer::Refused(2));
    // The cause is looked for after the answer.
    there.log_line("cause=\"revoked\"");
}

/// As `FLUSHALL` does, which is tested with the sessions; here it happens by itself.
#[test]
fn what_redis_evicts_or_forgets_ends_no_session() {
    fn is_empty(redis: &RedisServer) -> bool {
        redis.ask::<i64>(&["DBSIZE"]) == 0
    }
    let evict = |redis: &mut RedisServer, policy: &str| {
        let _: () = redis.ask(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
        // It makes room for what is to be written, and there is none.
        let _ = redis.try_ask::<()>(&["SET", "a", "b"]);
        let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    };
    type Loss<'a> = (&'static str, &'a dyn Fn(&mut RedisServer));
    let losses: [Loss<'_>; 3] = [
        ("allkeys-lru", &|redis| evict(redis, "allkeys-lru")),
        ("volatile-lru", &|redis| evict(redis, "volatile-lru")),
        ("restart", &|redis| redis.restart()),
    ];
    for (name, lose) in losses {
        let Some(mut redis) = RedisServer::start_with(&[]) else {
            return;
        };
        let store = format!("--store={}", redis.url());
        // Keys that end are those that are volatile.
        let gateway = GatewayProcess::start(&[&store, "--token-lifetime=3600"]);
        gateway.log_line("seen immediately");
        gateway.issue("alice", "s3cret", 0, 0);
        let mut client = session(&gateway, "s3cret");
        lose(&mut redis);
        assert!(is_empty(&redis), "{name}: the control");
        // All sessions are held against today's records when it listens again, and before another's end.
        let _ = redis.try_ask::<i64>(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        let again = || gateway.log().matches("seen immediately").count() > 1;
        let started = std::time::Instant::now();
        while !again() {
            assert!(
                started.elapsed().as_secs() < 30,
                "{name}: {}",
                gateway.log()
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        gateway.issue("bob", "s3cret", 0, 0);
        let hello = Hello {
            uid: "bob",
            ..Hello::new("s3cret")
        };
        let mut bob = Client::connect(Socket::tcp(gateway.tcp), hello).unwrap();
        gateway.quit("bob", 0);
        assert_eq!(bob.is_kicked(), "the token was revoked");
        assert!(client.is_alive(), "{name}");
    }
}

#[test]
fn a_user_who_may_not_publish_revokes_all_the_same_and_is_told() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let rights = ["resetchannels", "~wkauth:*", "+@all", ">s3cret/"];
    let _: () = redis.ask(&[&["ACL", "SETUSER", "mute", "on"][..], &rights].concat());
    let store = format!("--store={}", redis.url_as("mute", "s3cret%2F"));
    let gateway = GatewayProcess::start(&[&store]);
    let line = gateway.log_line("the ACL user may not PUBLISH wkauth:revoked");
    assert!(line.contains("WARN"), "{line}");
    gateway.log_line("the ACL user may not SUBSCRIBE wkauth:revoked");
    gateway.log_line("revocations through other servers on this store are seen late");
    gateway.issue("alice", "s3cret", 0, 0);
    let mut client = session(&gateway, "s3cret");
    gateway.quit("alice", 0);
    assert_eq!(client.is_kicked(), "the token was revoked");
    assert_eq!(connect(&gateway, "s3cret"), Answer::Refused(2));
    gateway.log_line("token revoked, but other servers on this store were not told");
    assert!(!gateway.log().contains("s3cret"), "{}", gateway.log());
}

#[test]
fn a_redis_that_will_lose_tokens_is_warned_of_at_the_start() {
    let Some(redis) = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]) else {
        return;
    };
    let gateway = gateway_on(&redis);
    gateway.log_line("appendonly is off");
    gateway.log_line("maxmemory-policy is allkeys-lru");
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let store = format!("--store={}", redis.url());
    let gateway = GatewayProcess::start(&[&store, "--log-level=debug"]);
    gateway.log_line("Redis was looked over");
    assert!(!gateway.log().contains("WARN"), "{}", gateway.log());
}

#[test]
fn tls_is_verified() {
    let folder = Folder::new("gateway-tls");
    let [authority, certificate, key] = folder.certificates();
    let port = free_port().to_string();
    let tls = ["--tls-port", &port, "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key];
    let authorities = ["--tls-ca-cert-file", &authority];
    let Some(_redis) = RedisServer::start_with(&[&tls[..], &files, &authorities].concat()) else {
        return;
    };
    let store = |host: &str| format!("--store=rediss://{host}:{port}");
    let trusting = [("SSL_CERT_FILE", &*authority)];
    for host in ["127.0.0.1", "localhost"] {
        let gateway = GatewayProcess::start_in(&trusting, &[&store(host)]);
        gateway.log_line("seen immediately");
        gateway.issue("alice", "s3cret", 0, 0);
        assert_eq!(connect(&gateway, "s3cret"), Answer::Success);
        gateway.quit("alice", 0);
    }
    // A name that the certificate has not, and an authority that nobody trusts.
    for (environment, host) in [(&trusting[..], "127.0.0.2"), (&[], "127.0.0.1")] {
        let gateway = GatewayProcess::start_in(environment, &[&store(host)]);
        let body = r#"{"uid":"alice","device_flag":0}"#;
        assert_eq!(gateway.post("/user/device_quit", body, "").0, 503, "{host}");
        assert_eq!(connect(&gateway, "s3cret"), Answer::Closed, "{host}");
    }
}

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// An authority, and a certificate for this machine with its key.
    fn certificates(&self) -> [String; 3] {
        let new_key = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ];
        let openssl = |arguments: &[&[&str]]| {
            let mut command = Command::new("openssl");
            command.current_dir(&self.0).args(arguments.concat());
            let output = command.output().expect("openssl: apt-get install openssl");
            assert!(output.status.success(), "{output:?}");
        };
        let to_ca = [
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca",
        ];
        openssl(&[&["req", "-x509"], &new_key, &to_ca]);
        let to_request = [
            "-keyout",
            "key.pem",
            "-out",
            "request",
            "-subj",
            "/CN=redis",
        ];
        openssl(&[&["req"], &new_key, &to_request]);
        let names = "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
        std::fs::write(self.0.join("names"), names).unwrap();
        let by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
        let to_certificate = ["-out", "certificate.pem", "-days", "2", "-extfile", "names"];
        openssl(&[&["x509", "-req", "-in", "request"], &by, &to_certificate]);
        ["ca.pem", "certificate.pem", "key.pem"]
            .map(|name| self.0.join(name).to_str().unwrap().to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
