//! What stands in the database and is no record of ours.

use wukongim_auth::DeviceFlag::{App, Web};
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, DeviceFlags, Timestamp, Token};
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
    let error = shared.block_on(shared.revoke("u", Web, Timestamp::now()));
    assert!(
        error.is_ok(),
        "the script needs less than the reader: {error:?}"
    );
    for written in [
        "garbage",
        r#"{"v":2,"token":"canary"}"#,
        r#"{"v":1}"#,
        r#"[1,"canary",null,0]"#,
    ] {
        let _: redis::Value = redis.ask(&field(written));
        let outcome = shared.block_on(shared.revoke("u", Web, Timestamp::now()));
        let error = outcome.unwrap_err().to_string();
        assert!(
            error.contains("its version or its secret is not known"),
            "{error}"
        );
        let rotation = shared.rotate("u", Web, Token::new("next").into(), Timestamp::MAX);
        shared.block_on(rotation).unwrap_err();
        let now: String = redis.ask(&["HGET", "wkauth:{u}", "1"]);
        assert_eq!(now, written, "it is left as it was");
    }
}
