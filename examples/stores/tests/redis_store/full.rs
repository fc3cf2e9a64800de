//! A Redis without memory for more, and a user without all rights: a revocation counts all the same.

use wukongim_auth::DeviceFlag::Web;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{AsyncTokenStore, Timestamp, Token};
use wukongim_stores::redis::{Announcement, RedisStore};
use wukongim_test_support::records::issued;
use wukongim_test_support::redis_server::RedisServer;

use crate::shared::Shared;

#[test]
fn a_full_redis_takes_a_revocation_and_nothing_else() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let end = Timestamp::now().saturating_add(std::time::Duration::from_secs(3600));
    for uid in ["alice", "bob"] {
        let record = issued("t").with_expiry(end);
        shared.block_on(shared.issue(uid, Web, record)).unwrap();
    }
    let get = |uid: &str| shared.block_on(shared.store().get(uid, Web)).unwrap();
    let _: () = redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = redis.try_ask::<String>(&["SET", "a", "b"]).unwrap_err();
    assert_eq!(error.code(), Some("OOM"), "the control: it is full");
    shared
        .block_on(shared.revoke("alice", Web, Timestamp::now()))
        .unwrap();
    let tombstone = get("alice").unwrap();
    assert!(tombstone.revoked_at().is_some() && tombstone.revocations() == 1);
    let lives: i64 = redis.ask(&["PTTL", "wkauth:{alice}"]);
    assert!(lives > 0, "it ends with the retention: {lives}");
    // It is only a revocation that does.
    let issue = shared.issue("bob", Web, issued("next"));
    let error = shared.block_on(issue).unwrap_err().to_string();
    assert!(error.contains("OOM"), "{error}");
    let rotation = shared.rotate("bob", Web, Token::new("next").into(), end);
    let error = shared.block_on(rotation).unwrap_err().to_string();
    assert!(error.contains("OOM"), "{error}");
    let bob = get("bob").unwrap();
    assert!(bob.revoked_at().is_none() && bob.expires_at() == Some(end));
}

#[test]
fn a_revocation_that_may_not_be_published_counts() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let rights = ["resetchannels", "~*", "+@all", ">s3cret"];
    let _: () = redis.ask(&[&["ACL", "SETUSER", "mute", "on"][..], &rights].concat());
    let shared = Shared::over(&redis.url());
    shared
        .block_on(shared.issue("u", Web, issued("t")))
        .unwrap();
    let mute = RedisStore::open(&redis.url_as("mute", "s3cret")).unwrap();
    let outcome = shared.block_on(mute.revoke("u", Web, Timestamp::now()));
    let Announcement::Refused { why } = outcome.unwrap() else {
        panic!("it was published");
    };
    assert!(why.contains("can't publish"), "{why}");
    let record = shared.block_on(shared.store().get("u", Web)).unwrap();
    assert!(record.unwrap().revoked_at().is_some());
}

/// What somebody else has written may be of any length; it is not taken apart, and not told.
#[test]
fn a_record_far_too_long_is_a_failure_that_says_so() {
    let Some(redis) = RedisServer::start_with(&[]) else {
        return;
    };
    let shared = Shared::over(&redis.url());
    let record = |len: usize| {
        let frame = r#"{"v":1,"token":"","device_level":0}"#;
        frame.replace(
            r#":"""#,
            &format!(r#":"{}""#, "x".repeat(len - frame.len())),
        )
    };
    for (len, says) in [(8 * 1024, None), (8 * 1024 + 1, Some("it has 8193 bytes"))] {
        shared
            .block_on(shared.overwrite("u", Web, record(len).as_bytes()))
            .unwrap();
        match (shared.block_on(shared.store().get("u", Web)), says) {
            (Ok(found), None) => assert!(found.is_some()),
            (Err(error), Some(says)) => {
                let error = error.to_string();
                assert!(
                    error.contains(says) && error.contains("wkauth:{u}"),
                    "{error}"
                );
                assert!(!error.contains("xxx"), "{error}");
            }
            (outcome, _) => panic!("{len}: {}", outcome.is_ok()),
        }
    }
}
