//! Gateways that share a Redis: what is written through one of them, all of them know.
#![cfg(unix)]

#[path = "../redis/mod.rs"]
mod redis;
mod told;

use std::time::{Duration, Instant};

use wukongim_test_support::client::{Client, Hello, Socket};
use wukongim_test_support::gateway_process::{GatewayProcess, PATIENCE};
use wukongim_test_support::redis_server::RedisServer;

use redis::{Answer, connect, gateway_on};
use told::two_gateways_on;

fn session(gateway: &GatewayProcess, token: &str) -> Client {
    Client::connect(Socket::tcp(gateway.tcp), Hello::new(token)).unwrap()
}

#[test]
fn what_one_gateway_writes_the_other_knows_at_once() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen immediately");
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
    // The cause is looked for after the answer.
    there.log_line("cause=\"revoked\"");
}

/// A password change: who looks after it sees only the new token. Half of the clients come while it
/// happens.
#[test]
fn a_revocation_followed_at_once_by_an_issue_ends_every_session() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen immediately");
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

/// As many as meet the moments in between.
#[test]
fn of_many_sessions_none_outlives_a_revocation_followed_at_once_by_an_issue() {
    none_of_many_outlives_a_revocation(|_, _| {}, |_, _| {});
}

#[test]
fn of_many_sessions_none_outlives_a_revocation_whose_message_was_lost() {
    let kill = |redis: &mut RedisServer, _: &GatewayProcess| {
        let _: i64 = redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    };
    none_of_many_outlives_a_revocation(kill, kill);
}

#[test]
fn of_many_sessions_none_outlives_a_revocation_while_their_node_is_stopped() {
    none_of_many_outlives_a_revocation(
        |_, there| there.pause(),
        |_, there| {
            std::thread::sleep(Duration::from_secs(1));
            there.resume();
        },
    );
}

#[test]
fn of_many_sessions_none_outlives_a_revocation_with_a_restart_of_redis_in_it() {
    none_of_many_outlives_a_revocation(|_, _| {}, |redis, _| redis.restart());
}

/// `first` happens before the revocations, `then` in the midst of them.
fn none_of_many_outlives_a_revocation(
    first: impl Fn(&mut RedisServer, &GatewayProcess),
    then: impl Fn(&mut RedisServer, &GatewayProcess),
) {
    const USERS: usize = 300;
    let Some(mut redis) = RedisServer::start() else {
        return;
    };
    let [here, there] = two_gateways_on(&redis.url());
    let uids: Vec<_> = (0..USERS).map(|user| format!("user-{user}")).collect();
    let connect = |uid: &String| {
        here.issue(uid, "old", 0, 0);
        let hello = Hello {
            uid,
            ..Hello::new("old")
        };
        Client::connect(Socket::tcp(there.tcp), hello).unwrap()
    };
    let clients: Vec<_> = uids.iter().map(connect).collect();
    first(&mut redis, &there);
    for (user, uid) in uids.iter().enumerate() {
        if user == USERS / 2 {
            then(&mut redis, &there);
        }
        takes(
            &here,
            "/user/device_quit",
            &format!(r#"{{"uid":"{uid}","device_flag":0}}"#),
        );
        let new = r#""token":"new","device_flag":0,"device_level":0"#;
        takes(&here, "/user/token", &format!(r#"{{"uid":"{uid}",{new}}}"#));
    }
    for (mut client, uid) in clients.into_iter().zip(uids) {
        assert_eq!(client.is_kicked(), "the token was revoked", "{uid}");
    }
}

/// As a business server does: again, until the gateway has its Redis back.
fn takes(gateway: &GatewayProcess, path: &str, body: &str) {
    let started = Instant::now();
    while gateway.post(path, body, "").0 != 200 {
        assert!(started.elapsed() < PATIENCE, "{}", gateway.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A revocation of one flag, or of one user, ends no other session.
#[test]
fn a_revocation_ends_only_what_it_is_about() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let (here, there) = (gateway_on(&redis), gateway_on(&redis));
    there.log_line("seen immediately");
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
