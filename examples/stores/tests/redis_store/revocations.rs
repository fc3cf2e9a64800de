//! How often a token was revoked: counted by every script, whatever wrote the record before.

use wukongim_auth::DeviceFlag::Web;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, Timestamp};
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::Shared;

/// `members` of a record, and how often its token was revoked once another was issued in its place.
const CASES: [(&str, u32); 9] = [
    ("", 0),
    (r#","revocations":7"#, 7),
    (r#","revocations":7,"revoked_at":5"#, 7),
    // From before it was counted.
    (r#","revoked_at":5"#, 1),
    (r#","revocations":4294967295"#, u32::MAX),
    // What no writer of ours writes leaves a record that can be read.
    (r#","revocations":1e300"#, u32::MAX),
    (r#","revocations":-1"#, 0),
    (r#","revocations":1.5"#, 1),
    (r#","revocations":"7""#, 0),
];

#[test]
fn issuing_carries_the_count_over_and_revoking_adds_one() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let revocations = || {
        let record = shared.block_on(shared.store().get("u", Web)).unwrap();
        record.unwrap().revocations()
    };
    for (members, count) in CASES {
        let digest = "0".repeat(64);
        let written = format!(r#"{{"v":1,"sha256":"{digest}","device_level":0{members}}}"#);
        shared
            .block_on(shared.overwrite("u", Web, written.as_bytes()))
            .unwrap();
        shared
            .block_on(shared.issue("u", Web, issued("t")))
            .unwrap();
        assert_eq!(revocations(), count, "{members}");
        for _ in 0..2 {
            // A tombstone's count stays.
            shared
                .block_on(shared.revoke("u", Web, Timestamp::now()))
                .unwrap();
            assert_eq!(revocations(), count.saturating_add(1), "{members}");
        }
    }
}

/// Whatever record the tombstone was made from.
#[test]
fn a_tombstone_in_place_of_a_token_counts_as_a_revocation() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let put = |record| {
        shared.block_on(shared.issue("u", Web, record)).unwrap();
        let record = shared.block_on(shared.store().get("u", Web)).unwrap();
        record.unwrap().revocations()
    };
    let tombstone = || issued("t").revoke(Timestamp::now());
    let counts = [
        put(issued("t")),
        put(tombstone()),
        put(tombstone()),
        put(issued("t")),
        put(tombstone()),
        put(issued("t")),
    ];
    assert_eq!(counts, [0, 1, 1, 1, 2, 2]);
}

/// A record that is put in place of another may have a count of its own: the larger one stays.
#[test]
fn of_two_counts_the_larger_one_stays() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let revoked = |times| {
        (0..times).fold(issued("t"), |record, _| {
            issued("t").replacing(Some(&record.revoke(Timestamp::now())))
        })
    };
    for (first, second) in [(0, 3), (3, 0), (2, 3)] {
        let uid = format!("{first} {second}");
        for record in [revoked(first), revoked(second)] {
            shared.block_on(shared.issue(&uid, Web, record)).unwrap();
        }
        let record = shared.block_on(shared.store().get(&uid, Web)).unwrap();
        assert_eq!(record.unwrap().revocations(), 3);
    }
}
