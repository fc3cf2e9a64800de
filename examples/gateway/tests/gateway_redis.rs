//! Gateways that share a Redis, and what becomes of their clients when it fails: the right ones get
//! in once it is back, the wrong ones never do, and nobody is refused for good in between.
#![cfg(unix)]

use std::time::{Duration, Instant};

use wukongim_test_support::client::{Client, Hello, KeyPair, Socket, connack};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::redis_server::{RedisCluster, RedisServer};

/// What a client that connects gets.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Welcome,
    Refused(u8),
    /// The end, without a word: SDKs connect again.
    Closed,
}

fn connect(gateway: &GatewayProcess, token: &str) -> Answer {
    let mut socket = Socket::tcp(gateway.tcp);
    let hello = Hello::new(token);
    socket.send(&hello.connect(&KeyPair::new().client_key()));
    match socket.receive() {
        None => Answer::Closed,
        Some(frame) => match u8::from(connack(&frame, hello.version).reason) {
            1 => Answer::Welcome,
            reason => Answer::Refused(reason),
        },
    }
}

fn gateway_on(redis: &RedisServer) -> GatewayProcess {
    GatewayProcess::start(&[&format!("--store={}", redis.url())])
}

fn session(gateway: &GatewayProcess, token: &str) -> Client {
    Client::connect(Socket::tcp(gateway.tcp), Hello::new(token)).unwrap()
}

#[test]
fn what_one_gateway_writes_the_other_knows_at_once() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen at once");
    for round in 0..5 {
        let token = format!("token-{round}");
        here.issue("alice", &token, 0, 0);
        let mut client = session(&there, &token);
        assert!(client.is_alive());
        here.quit("alice", 0);
        assert_eq!(client.is_kicked(), "the token was revoked");
        assert_eq!(connect(&there, &token), Answer::Refused(2));
        assert_eq!(connect(&here, &token), Answer::Refused(2));
    }
    let log = there.log();
    assert!(log.contains("cause=\"revoked\""), "{log}");
}

/// A password change: who looks after it sees only the new token. Half of the clients come while it
/// happens.
#[test]
fn a_revocation_followed_at_once_by_an_issue_ends_every_session() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen at once");
    for round in 0..40 {
        here.issue("alice", "old", 0, 0);
        let before = session(&there, "old");
        let during = std::thread::scope(|scope| {
            let during = scope.spawn(|| {
                let hello = Hello {
                    device_id: "another",
                    ..Hello::new("old")
                };
                Client::connect(Socket::tcp(there.tcp), hello)
            });
            here.quit("alice", 0);
            // The same one, and another one.
            here.issue("alice", if round % 2 == 0 { "old" } else { "new" }, 0, 0);
            during.join().unwrap()
        });
        let mut before = before;
        assert_eq!(before.is_kicked(), "the token was revoked", "round {round}");
        if let Ok(mut client) = during {
            // It was verified before the revocation, or with the token that was issued behind it.
            match round % 2 {
                0 => drop(client.is_alive()),
                _ => assert_eq!(client.is_kicked(), "the token was revoked", "round {round}"),
            }
        }
    }
}

/// A revocation of one flag, or of one user, ends no other session.
#[test]
fn a_revocation_ends_only_what_it_is_about() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen at once");
    here.issue("alice", "phone", 0, 0);
    here.issue("alice", "web", 1, 0);
    here.issue("bob", "phone", 0, 0);
    let connect = |uid, device_flag, token| {
        let hello = Hello {
            uid,
            device_flag,
            ..Hello::new(token)
        };
        Client::connect(Socket::tcp(there.tcp), hello).unwrap()
    };
    let mut phone = connect("alice", 0, "phone");
    let mut others = [connect("alice", 1, "web"), connect("bob", 0, "phone")];
    here.quit("alice", 0);
    phone.is_kicked();
    assert!(others.iter_mut().all(Client::is_alive));
}

#[test]
fn a_revocation_that_nobody_was_told_of_is_made_good() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen at once");
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

fn two_gateways_on(urls: &str) -> [GatewayProcess; 2] {
    let arguments = [&*format!("--store={urls}"), "--log-level=debug"];
    let gateways = [(), ()].map(|()| GatewayProcess::start(&arguments));
    for gateway in &gateways {
        gateway.log_line("seen at once");
    }
    gateways
}

fn listens_again(gateway: &GatewayProcess) {
    let started = Instant::now();
    while gateway.log().matches("seen at once").count() < 2 {
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
        log: "store failure: Redis: ",
    },
    Fault {
        name: "stopped",
        begins: |redis| redis.pause(),
        ends: |redis| redis.resume(),
        log: "store failure: Redis",
    },
    Fault {
        name: "told to pause",
        // Nothing is answered meanwhile, UNPAUSE neither on a new connection: it ends by itself.
        begins: |redis| redis.ask(&["CLIENT", "PAUSE", "8000", "ALL"]),
        ends: |_| {},
        log: "store failure: Redis",
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
            Answer::Welcome => return,
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
    assert_eq!(connect(&gateway, "s3cret"), Answer::Welcome);
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
    assert_eq!(connect(&gateway, "n3xt"), Answer::Welcome);
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
    gateway.log_line("revocations through other gateways are seen late");
    redis.restart();
    comes_back(&gateway, "not there at the start");
    gateway.log_line("revocations through other gateways are seen at once");
}

#[test]
fn an_address_that_is_none_ends_the_start_without_its_password() {
    let output = GatewayProcess::run(&["--store=redis://:s3cret@127.0.0.1:99999"]);
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("no address of a Redis") && !log.contains("s3cret"),
        "{log}"
    );
}
