//! What becomes of the clients of a gateway when its Redis fails: the right ones get in once it is
//! back, the wrong ones never do, and nobody is refused for good in between.
#![cfg(unix)]

mod redis;

use std::time::{Duration, Instant};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::redis_server::RedisServer;

use redis::{Answer, connect, gateway_on};

/// What goes wrong with Redis, or with what is in it, and how that ends.
struct Fault {
    name: &'static str,
    begins: fn(&mut RedisServer),
    ends: fn(&mut RedisServer),
    /// What the log says about it.
    log: &'static str,
}

const KEY: &str = "wkauth:{alice}";

fn put_aside(redis: &RedisServer) {
    let _: String = redis.ask(&["RENAME", KEY, "aside"]);
}

fn put_back(redis: &mut RedisServer) {
    let _: String = redis.ask(&["RENAME", "aside", KEY]);
}

fn overwrite(redis: &RedisServer, value: &str) {
    put_aside(redis);
    let _: i64 = redis.ask(&["HSET", KEY, "0", value]);
}

const FAULTS: [Fault; 7] = [
    Fault {
        name: "killed",
        begins: RedisServer::kill,
        ends: RedisServer::restart,
        log: "store_error=\"Redis: ",
    },
    Fault {
        name: "stopped",
        begins: |redis| redis.pause(),
        ends: |redis| redis.resume(),
        log: "store_error=\"Redis",
    },
    Fault {
        name: "told to pause",
        // Nothing is answered meanwhile, UNPAUSE neither on a new connection: it ends by itself.
        begins: |redis| redis.ask(&["CLIENT", "PAUSE", "8000", "ALL"]),
        ends: |_| {},
        log: "store_error=\"Redis",
    },
    Fault {
        name: "another type under the key",
        begins: |redis| {
            put_aside(redis);
            redis.ask(&["SET", KEY, "value"])
        },
        ends: put_back,
        log: "WRONGTYPE",
    },
    Fault {
        name: "garbage",
        begins: |redis| overwrite(redis, "garbage"),
        ends: put_back,
        log: "cannot be read: it is not a record as JSON",
    },
    Fault {
        name: "a record of a later version",
        begins: |redis| overwrite(redis, r#"{"v":2,"token":"s3cret","device_level":0}"#),
        ends: put_back,
        log: "cannot be read: stored record has version 2, this build reads version 1",
    },
    Fault {
        name: "restarted",
        begins: |_| {},
        ends: RedisServer::restart,
        log: "",
    },
];

#[test]
fn a_fault_lets_nobody_in_refuses_nobody_and_passes() {
    for fault in FAULTS {
        let Some(mut redis) = RedisServer::start() else {
            return;
        };
        let gateway = gateway_on(&redis);
        gateway.issue("alice", "s3cret", 0, 0);
        let tablet = Hello {
            device_id: "tablet",
            ..Hello::new("s3cret")
        };
        let mut before = Client::connect(Socket::tcp(gateway.tcp), tablet).unwrap();
        (fault.begins)(&mut redis);
        if !fault.log.is_empty() {
            for token in ["s3cret", "wrong"] {
                assert_eq!(connect(&gateway, token), Answer::Closed, "{}", fault.name);
            }
            let line = gateway.log_line(fault.log);
            assert!(!line.contains("s3cret"), "{line}");
            gateway.log_line("cause=\"store\"");
        }
        (fault.ends)(&mut redis);
        comes_back(&gateway, fault.name);
        assert_eq!(
            connect(&gateway, "wrong"),
            Answer::Refused(2),
            "{}",
            fault.name
        );
        assert!(before.is_alive(), "{}: sessions go on", fault.name);
        let log = gateway.log();
        assert!(!log.contains("panicked"), "{}: {log}", fault.name);
    }
}

/// By itself: the client only tries again, as SDKs do, and is never refused.
fn comes_back(gateway: &GatewayProcess, fault: &str) {
    let started = Instant::now();
    loop {
        match connect(gateway, "s3cret") {
            Answer::Success => return,
            Answer::Closed => assert!(started.elapsed() < PATIENCE, "{fault}: not back"),
            refused => panic!("{fault}: {refused:?} afterwards"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A replica answers, and takes no writes: clients get in, the business server is told to try again.
#[test]
fn a_redis_that_is_read_only_goes_on_verifying() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let gateway = gateway_on(&redis);
    gateway.issue("alice", "s3cret", 0, 0);
    let _: String = redis.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(connect(&gateway, "s3cret"), Answer::Success);
    assert_eq!(connect(&gateway, "wrong"), Answer::Refused(2));
    for (path, body) in [
        (
            "/user/token",
            r#"{"uid":"alice","token":"n3xt","device_flag":0,"device_level":0}"#,
        ),
        ("/user/device_quit", r#"{"uid":"alice","device_flag":0}"#),
    ] {
        let (status, answer) = gateway.post(path, body, "");
        assert_eq!(
            (status, &answer["msg"]),
            (503, &"the store cannot be reached".into())
        );
    }
    gateway.log_line("the store failed: Redis: ");
    assert!(gateway.log().contains("READONLY") || gateway.log().contains("read only"));
    let _: String = redis.ask(&["REPLICAOF", "NO", "ONE"]);
    gateway.issue("alice", "n3xt", 0, 0);
    assert_eq!(connect(&gateway, "n3xt"), Answer::Success);
    assert_eq!(connect(&gateway, "s3cret"), Answer::Refused(2));
}

#[test]
fn a_gateway_that_starts_before_its_redis_waits_for_it() {
    let Some(mut redis) = RedisServer::start() else {
        return;
    };
    gateway_on(&redis).issue("alice", "s3cret", 0, 0);
    redis.kill();
    let gateway = gateway_on(&redis);
    for token in ["s3cret", "wrong"] {
        assert_eq!(connect(&gateway, token), Answer::Closed);
    }
    let body = r#"{"uid":"alice","device_flag":0}"#;
    assert_eq!(gateway.post("/user/device_quit", body, "").0, 503);
    gateway.log_line("revocations through other servers on this store are seen late");
    redis.restart();
    comes_back(&gateway, "not there at the start");
    gateway.log_line("revocations through other servers on this store are seen immediately");
}

#[test]
fn an_address_that_is_none_ends_the_start_without_its_password() {
    let output = GatewayProcess::run(&["--store=redis://:s3cret@127.0.0.1:99999"]);
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("not an address of a Redis") && !log.contains("s3cret"),
        "{log}"
    );
}
