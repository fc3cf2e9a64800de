//! How long a key lives.

use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{DeviceFlag, Timestamp, Token, TokenRecord};
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::{Shared, key};

/// What is registered for a user, and when the key ends: `None` where it never does.
#[test]
fn a_key_lives_as_long_as_its_longest_record_and_the_retention() {
    const DAY: i64 = 86_400_000;
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let now = Timestamp::now().as_millis();
    let ending = |end| issued("t").with_expiry(Timestamp::from_millis(end));
    let revoked = |at| move |record: TokenRecord| record.revoke(Timestamp::from_millis(at));
    let (first, second, third) = (now + DAY, now + 2 * DAY + 1, now + 3 * DAY);
    type Case = (&'static str, Vec<(DeviceFlag, TokenRecord)>, Option<i64>);
    let cases: [Case; 9] = [
        ("no end", vec![(Web, issued("t"))], None),
        ("one end", vec![(Web, ending(first))], Some(first)),
        (
            "ended yesterday",
            vec![(Web, ending(now - DAY))],
            Some(now - DAY),
        ),
        (
            "the latest of several",
            vec![
                (App, ending(second)),
                (Web, ending(third)),
                (Pc, ending(first)),
            ],
            Some(third),
        ),
        (
            "one of several without an end",
            vec![(App, ending(first)), (System, issued("t"))],
            None,
        ),
        (
            "a tombstone without an end",
            vec![(Web, revoked(now)(issued("t")))],
            Some(now),
        ),
        (
            "a tombstone before its end",
            vec![(Web, revoked(now)(ending(third)))],
            Some(now),
        ),
        (
            "a tombstone beside a token",
            vec![(Web, revoked(now)(issued("t"))), (App, ending(first))],
            Some(first),
        ),
        (
            "the end of time",
            vec![(Web, issued("t").with_expiry(Timestamp::MAX))],
            None,
        ),
    ];
    let retention = i64::try_from(TokenRecord::RETENTION.as_millis()).unwrap();
    for (uid, records, ends) in cases {
        for (flag, record) in records {
            shared.block_on(shared.issue(uid, flag, record)).unwrap();
        }
        let expires: i64 = redis.ask(&["PEXPIRETIME", &key(uid)]);
        assert_eq!(expires, ends.map_or(-1, |end| end + retention), "{uid}");
    }
}

#[test]
fn a_keys_life_follows_rotation_and_revocation() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let retention = i64::try_from(TokenRecord::RETENTION.as_millis()).unwrap();
    let now = Timestamp::now();
    let end = now.saturating_add(TokenRecord::RETENTION);
    let ends = || redis.ask::<i64>(&["PEXPIRETIME", &key("u")]);
    let record = issued("first").with_expiry(end);
    shared.block_on(shared.issue("u", Web, record)).unwrap();
    let rotation = shared.rotate("u", Web, Token::new("second").into(), now);
    shared.block_on(rotation).unwrap();
    assert_eq!(ends(), end.as_millis() + retention);
    shared.block_on(shared.revoke("u", Web, now)).unwrap();
    assert_eq!(ends(), now.as_millis() + retention);
    shared
        .block_on(shared.issue("u", Web, issued("third")))
        .unwrap();
    assert_eq!(ends(), -1);
}

/// By then the token itself would have ended.
#[test]
fn an_overlap_ends_with_the_token_at_the_latest() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let now = Timestamp::now();
    let end = now.saturating_add(TokenRecord::RETENTION);
    for (overlap_ends, expected) in [(now, now), (end, end), (Timestamp::MAX, end)] {
        let record = issued("first").with_expiry(end);
        shared.block_on(shared.issue("u", Web, record)).unwrap();
        let rotation = shared.rotate("u", Web, Token::new("second").into(), overlap_ends);
        shared.block_on(rotation).unwrap();
        let written: String = redis.ask(&["HGET", &key("u"), "1"]);
        let until = format!(r#""until":{}}}"#, expected.as_millis());
        assert!(written.contains(&until), "{written} without {until}");
    }
}
