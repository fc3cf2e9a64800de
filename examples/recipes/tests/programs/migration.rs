//! The phases of a migration: nobody is rejected on the way, and nothing that was revoked comes back.

use wukongim_auth::compare::SecretForm;
use wukongim_auth::{Credentials, DeviceFlag, Timestamp, TokenStore, Verifier};

use crate::migration_phases::{Both, main, upstream::registrations};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn label<S: TokenStore>(store: &S, uid: &str, token: &str) -> &'static str {
    let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    let credentials = Credentials::new(uid, DeviceFlag::App, token);
    let verdict = verifier.verify(store, &credentials, NOW);
    verdict.map_or_else(|error| error.label(), |_| "accepted")
}

fn with_old(users: &[&str]) -> Both {
    let both = Both::default();
    for uid in users {
        let key = ((*uid).to_owned(), 0);
        both.old.rows().insert(key, format!("{uid}-old"));
    }
    both
}

#[test]
fn nobody_is_rejected_on_the_way() {
    let both = with_old(&["alice", "bob"]);
    both.issue("bob", DeviceFlag::App, "bob-new");
    for _ in 0..2 {
        assert_eq!(label(&both, "alice", "alice-old"), "accepted");
        assert_eq!(label(&both, "bob", "bob-new"), "accepted");
        assert_eq!(label(&both, "bob", "bob-old"), "mismatch");
        both.fill();
    }
    assert_eq!(label(&both.new, "alice", "alice-old"), "accepted");
    assert_eq!(label(&both.new, "bob", "bob-new"), "accepted");
    assert_eq!(both.fill(), 0);
}

#[test]
fn what_was_revoked_does_not_come_back() {
    let both = with_old(&["copied", "not-copied"]);
    // A copy that read the old table before the revocation, and writes after it.
    both.revoke("not-copied", DeviceFlag::App, NOW);
    let key = ("not-copied".to_owned(), 0);
    both.old.rows().insert(key, "not-copied-old".to_owned());
    both.fill();
    both.revoke("copied", DeviceFlag::App, NOW);
    for (uid, token) in [("copied", "copied-old"), ("not-copied", "not-copied-old")] {
        assert_eq!(label(&both, uid, token), "revoked");
        assert_eq!(label(&both.new, uid, token), "revoked");
    }
    both.revoke("unknown", DeviceFlag::App, NOW);
    assert_eq!(label(&both, "unknown", "token"), "not_issued");
}

/// The old server finds every token that was issued meanwhile, and none that was revoked.
#[test]
fn the_old_table_is_whole_until_it_is_dropped() {
    let both = with_old(&["alice"]);
    both.issue("alice", DeviceFlag::App, "second");
    assert_eq!(both.old.rows()[&("alice".to_owned(), 0)], "second");
    both.revoke("alice", DeviceFlag::App, NOW);
    assert!(both.old.rows().is_empty());
}

#[test]
fn the_program_goes_through_its_phases() {
    main().unwrap();
}

#[test]
fn upstreams_devices_are_registered() {
    let answer = r#"{"total":4,"more":0,"data":[
        {"id":1,"uid":"alice","token":"s3cret","device_flag":0,"device_level":1,"created_at":1700000000000000000},
        {"uid":"alice","token":"","device_flag":1,"device_level":0},
        {"uid":"alice","token":"t","device_flag":7,"device_level":0}
    ]}"#;
    let registrations = registrations(answer).unwrap();
    let [alice] = &registrations[..] else {
        panic!("{registrations:?}")
    };
    assert_eq!((&*alice.uid, alice.device_flag), ("alice", DeviceFlag::App));
    assert_eq!(u8::from(alice.record.device_level()), 1);
}
