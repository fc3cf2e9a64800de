//! What stands in the database and is no record of ours.

use wukongim_auth::DeviceFlag::{App, Web};
use wukongim_auth::session::Standing;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, Credentials, DeviceFlags, Timestamp, Token, verify_record};
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::Shared;

/// Nothing that stands in the database, and nothing that Redis says, is taken for "no token", and
/// an error quotes no record.
#[test]
fn what_cannot_be_read_is_an_error_that_says_where() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let field = |value: &'static str| vec!["HSET", "wkauth:{u}", "1", value];
    let cases = [
        (vec!["SET", "wkauth:{u}", "value"], "WRONGTYPE"),
        (vec!["RPUSH", "wkauth:{u}", "value"], "WRONGTYPE"),
        (
            field("garbage"),
            "it is not a record as JSON, at line 1 column 1",
        ),
        (field(""), "it is not a record as JSON, at line 1 column 0"),
        (
            field(r#"{"v":1,"token":"canary","device_level":"canary"}"#),
            "it is not a record as JSON",
        ),
        (
            field(r#"{"v":2,"token":"canary"}"#),
            "stored record has version 2",
        ),
        // Its members in their order, without their names.
        (
            field(r#"[1,"canary",null,0]"#),
            "it is not a record as JSON",
        ),
        (field(r#"{"v":1}"#), "exactly one of token and sha256"),
        (
            field(r#"{"v":1,"sha256":"canary"}"#),
            "64 hexadecimal digits",
        ),
    ];
    for (write, says) in cases {
        let _: i64 = redis.ask(&["DEL", "wkauth:{u}"]);
        let _: redis::Value = redis.ask(&write);
        let errors = [
            shared.block_on(shared.store().get("u", Web)).unwrap_err(),
            shared
                .block_on(
                    shared
                        .store()
                        .get_all("u", DeviceFlags::CLIENTS.without(App)),
                )
                .unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.contains(says), "{error} for {write:?}");
            assert!(!error.contains("canary"), "{error}");
        }
    }
}

/// What a foreign hand, or a fault, may have made of a record. Each is a member of its own, or none.
const DAMAGED: [&str; 15] = [
    "",
    "garbage",
    r#""text""#,
    r#"{"v":2,"token":"canary"}"#,
    r#"{"v":1}"#,
    r#"[1,"canary",null,0]"#,
    r#"{"v":1,"sha256":"canary"}"#,
    r#"{"v":1,"token":"canary","sha256":"canary"}"#,
    r#"{"v":1,"token":"canary","device_level":"canary"}"#,
    r#"{"v":1,"token":"canary","device_level":7,"expires_at":5}"#,
    r#"{"v":1,"token":"canary","expires_at":1e99,"revocations":nan}"#,
    r#"{"v":1,"token":"canary","expires_at":99999999999999999999}"#,
    r#"{"v":1,"token":"canary","revoked_at":5.5,"revocations":-3}"#,
    r#"{"v":1,"token":"canary","revoked_at":5,"unknown":true}"#,
    r#"{"v":1,"token":"canary","superseded":"canary","revocations":2}"#,
];

/// A revocation counts, whatever is revoked; and a session that was let in before it knows, whatever is
/// issued afterwards.
#[test]
fn a_revocation_of_what_cannot_be_read_leaves_a_tombstone() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let get = || {
        shared
            .block_on(shared.store().get("u", Web))
            .unwrap()
            .unwrap()
    };
    let revoke = || {
        shared
            .block_on(shared.revoke("u", Web, Timestamp::now()))
            .unwrap()
    };
    for written in DAMAGED {
        let _: i64 = redis.ask(&["DEL", "wkauth:{u}"]);
        shared
            .block_on(shared.issue("u", Web, issued("t")))
            .unwrap();
        revoke();
        shared
            .block_on(shared.issue("u", Web, issued("t")))
            .unwrap();
        let session = verify_record(
            &Credentials::new("u", Web, "t"),
            Some(&get()),
            Timestamp::now(),
        );
        let session = session.unwrap();

        let _: redis::Value = redis.ask(&["HSET", "wkauth:{u}", "1", written]);
        let damaged = shared.block_on(shared.store().get("u", Web));
        damaged.expect_err(written);
        revoke();
        let tombstone = get();
        assert!(tombstone.revoked_at().is_some(), "{written}");
        let lives: i64 = redis.ask(&["PTTL", "wkauth:{u}"]);
        assert!(lives > 0, "it ends with the retention: {written}");
        // A second one finds what it would leave.
        revoke();
        assert_eq!(get().revoked_at(), tombstone.revoked_at(), "{written}");

        shared
            .block_on(shared.issue("u", Web, issued("next")))
            .unwrap();
        let standing = session.standing(Some(&get()), Timestamp::now());
        assert_eq!(standing, Standing::Revoked, "{written}");
    }
}

#[test]
fn what_cannot_be_read_is_not_rotated() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    for written in DAMAGED {
        let _: redis::Value = redis.ask(&["HSET", "wkauth:{u}", "1", written]);
        let rotation = shared.rotate("u", Web, Token::new("next").into(), Timestamp::MAX);
        let error = shared.block_on(rotation).unwrap_err().to_string();
        let says = "its version or its secret is not known";
        assert!(error.contains(says), "{error} for {written}");
        let now: String = redis.ask(&["HGET", "wkauth:{u}", "1"]);
        assert_eq!(now, written, "it is left as it was");
    }
}

/// A writer of the database cannot decide how much memory a lookup takes.
#[test]
fn a_record_that_is_too_long_is_not_fetched() {
    const LEN: usize = 64 << 20;
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let _: i64 = redis.ask(&["HSET", "wkauth:{u}", "1", &"x".repeat(LEN)]);
    let sent = || -> usize {
        let stats: String = redis.ask(&["INFO", "stats"]);
        let sent = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_net_output_bytes:"));
        sent.unwrap().parse().unwrap()
    };
    let before = sent();
    let errors = [
        shared.block_on(shared.store().get("u", Web)).unwrap_err(),
        shared
            .block_on(shared.store().get_all("u", DeviceFlags::CLIENTS))
            .unwrap_err(),
    ];
    for error in errors {
        let says = format!("it has {LEN} bytes, far more than any record");
        assert!(error.to_string().contains(&says), "{error}");
    }
    let bytes = sent() - before;
    assert!(bytes < 64 << 10, "{bytes} bytes came from Redis");
    // It can be revoked, and replaced.
    shared
        .block_on(shared.revoke("u", Web, Timestamp::now()))
        .unwrap();
    let tombstone = shared.block_on(shared.store().get("u", Web)).unwrap();
    assert!(tombstone.unwrap().revoked_at().is_some());
}
