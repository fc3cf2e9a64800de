//! A session checked against today's record: every rule, in order.

use std::time::Duration;

use wukongim_auth::provision::StoredRecord;
use wukongim_auth::session::Standing::{Expired, Holds, Replaced, Revoked, Unknown};
use wukongim_auth::session::{Standing, VerifiedBy};
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp, Token, TokenRecord, TokenStore,
    Verified, Verifier,
};

use crate::records::issued;
use crate::scripted_store::ScriptedStore;

const FLAG: DeviceFlag = DeviceFlag::Web;
const LEEWAY: i64 = 10;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A session that this record accepted.
fn session(record: &TokenRecord, token: &str, leeway: i64, now: i64) -> Verified {
    let leeway = Duration::from_millis(leeway.try_into().unwrap());
    let verifier = Verifier::new().with_leeway(leeway);
    let credentials = Credentials::new("alice", FLAG, token);
    verifier
        .verify(
            &ScriptedStore::new([(FLAG, record.clone())]),
            &credentials,
            at(now),
        )
        .unwrap()
}

/// The fate of the record that accepted the session, and the session's standing at each time.
struct Case {
    what: &'static str,
    before: fn() -> TokenRecord,
    token: &'static str,
    leeway: i64,
    after: fn(TokenRecord) -> Option<TokenRecord>,
    standings: &'static [(i64, Standing)],
}

impl Case {
    /// Verified with `first` at 0 by a record that does not end, and nothing happened since.
    const QUIET: Case = Case {
        what: "nothing happened",
        before: || issued("first"),
        token: "first",
        leeway: 0,
        after: Some,
        standings: &[(0, Holds), (i64::MAX, Holds), (i64::MIN, Holds)],
    };
}

fn over(next: TokenRecord, before: &TokenRecord) -> Option<TokenRecord> {
    Some(next.replacing(Some(before)))
}

fn rotated(record: TokenRecord) -> TokenRecord {
    record.rotate(Token::new("second"), at(50)).unwrap()
}

const CASES: &[Case] = &[
    Case::QUIET,
    Case {
        what: "the record is gone",
        after: |_| None,
        standings: &[(0, Unknown), (i64::MAX, Unknown)],
        ..Case::QUIET
    },
    Case {
        what: "gone, and the session's own end passed: what is not known is not expired",
        before: || issued("first").with_expiry(at(100)),
        after: |_| None,
        standings: &[(100, Unknown), (101, Unknown)],
        ..Case::QUIET
    },
    Case {
        what: "revoked",
        after: |record| Some(record.revoke(at(5))),
        standings: &[(4, Revoked), (5, Revoked), (i64::MAX, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "revoked comes before expired",
        before: || issued("first").with_expiry(at(100)),
        after: |record| Some(record.revoke(at(5))),
        standings: &[(50, Revoked), (200, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "revoked, and another token issued at once",
        after: |record| over(issued("second"), &record.revoke(at(5))),
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "revoked, and the same token issued at once",
        after: |record| over(issued("first"), &record.revoke(at(5))),
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "revoked, issued, rotated, issued, by digest",
        after: |record| {
            let issued_again = over(issued("second"), &record.revoke(at(5)))?;
            let record = issued_again.rotate(Token::new("third"), at(50)).ok()?;
            over(issued("first").into_digest_only(), &record)
        },
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "another token in a record whose count was not carried over",
        after: |_| Some(issued("second")),
        standings: &[(5, Replaced)],
        ..Case::QUIET
    },
    Case {
        what: "let in after a revocation",
        before: || issued("first").replacing(Some(&issued("zeroth").revoke(at(-5)))),
        standings: &[(0, Holds)],
        ..Case::QUIET
    },
    Case {
        what: "let in after a revocation, and the count was lost since",
        before: || issued("first").replacing(Some(&issued("zeroth").revoke(at(-5)))),
        after: |_| Some(issued("first")),
        standings: &[(0, Holds)],
        ..Case::QUIET
    },
    Case {
        what: "let in after a revocation, and another token since the count was lost",
        before: || {
            let zeroth = issued("zeroth").revoke(at(-5));
            issued("first")
                .with_expiry(at(100))
                .replacing(Some(&zeroth))
        },
        after: |_| Some(issued("second")),
        standings: &[(0, Unknown), (101, Unknown)],
        ..Case::QUIET
    },
    Case {
        what: "revoked by a tombstone that was made of another record",
        before: || issued("first").replacing(Some(&issued("zeroth").revoke(at(-5)))),
        after: |record| {
            let tombstone = over(issued("first").revoke(at(5)), &record)?;
            over(issued("second"), &tombstone)
        },
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "let in after a revocation, and revoked again",
        before: || issued("first").replacing(Some(&issued("zeroth").revoke(at(-5)))),
        after: |record| over(issued("second"), &record.revoke(at(5))),
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "a tombstone from before revocations were counted",
        after: |_| Some(stored(r#"{"v":1,"token":"first","revoked_at":5}"#)),
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "a token issued over a tombstone from before revocations were counted",
        after: |_| {
            let tombstone = stored(r#"{"v":1,"token":"first","revoked_at":5}"#);
            over(issued("second"), &tombstone)
        },
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "the token's end",
        before: || issued("first").with_expiry(at(100)),
        standings: &[(100, Holds), (101, Expired), (i64::MAX, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "the token's end with leeway",
        before: || issued("first").with_expiry(at(100)),
        leeway: LEEWAY,
        standings: &[(101, Holds), (110, Holds), (111, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "a renewed token lasts to its new end",
        before: || issued("first").with_expiry(at(100)),
        after: |_| Some(issued("first").with_expiry(at(200))),
        leeway: LEEWAY,
        standings: &[(111, Holds), (210, Holds), (211, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "a token renewed forever",
        before: || issued("first").with_expiry(at(100)),
        after: |_| Some(issued("first")),
        standings: &[(101, Holds), (i64::MAX, Holds)],
        ..Case::QUIET
    },
    Case {
        what: "an end brought forward",
        before: || issued("first").with_expiry(at(100)),
        after: |record| Some(record.with_expiry(at(20))),
        leeway: LEEWAY,
        standings: &[(30, Holds), (31, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "an end where there was none",
        after: |record| Some(record.with_expiry(at(20))),
        standings: &[(20, Holds), (21, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "replaced, to the session's own end",
        before: || issued("first").with_expiry(at(100)),
        after: |_| Some(issued("second").with_expiry(at(20))),
        leeway: LEEWAY,
        standings: &[(0, Replaced), (110, Replaced), (111, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "replaced by nothing at all: upstream clears a token so",
        after: |_| Some(issued("")),
        standings: &[(0, Replaced)],
        ..Case::QUIET
    },
    Case {
        what: "rotated: in the overlap and after it",
        after: |record| Some(rotated(record)),
        standings: &[(50, Holds), (51, Replaced), (i64::MAX, Replaced)],
        ..Case::QUIET
    },
    Case {
        what: "rotated, the overlap is without leeway",
        before: || issued("first").with_expiry(at(100)),
        leeway: LEEWAY,
        after: |record| Some(rotated(record)),
        standings: &[(50, Holds), (51, Replaced), (110, Replaced), (111, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "rotated twice: the oldest token is replaced in the overlap of the second",
        after: |record| rotated(record).rotate(Token::new("third"), at(80)).ok(),
        standings: &[(20, Replaced)],
        ..Case::QUIET
    },
    Case {
        what: "let in by the superseded token",
        before: || rotated(issued("first")),
        standings: &[(50, Holds), (51, Expired)],
        ..Case::QUIET
    },
    Case {
        what: "let in by the superseded token, whose overlap was lengthened by issuing it again",
        before: || rotated(issued("first")),
        after: |_| Some(issued("first")),
        standings: &[(51, Holds)],
        ..Case::QUIET
    },
    Case {
        what: "let in by the superseded token, and the record revoked",
        before: || rotated(issued("first")),
        after: |record| Some(record.revoke(at(5))),
        standings: &[(5, Revoked)],
        ..Case::QUIET
    },
    Case {
        what: "let in by the new token of a rotation",
        before: || rotated(issued("first")),
        token: "second",
        standings: &[(51, Holds)],
        ..Case::QUIET
    },
];

fn stored(json: &str) -> TokenRecord {
    let stored: StoredRecord = serde_json::from_str(json).unwrap();
    stored.try_into().unwrap()
}

#[test]
fn every_rule_of_standing_holds_in_every_form() {
    for case in CASES {
        let before = (case.before)();
        let after = (case.after)(before.clone());
        // The store may have gone over to digests in between, or back.
        let forms = [before.clone(), before.into_digest_only()];
        let afters = [
            after.clone(),
            after.clone().map(TokenRecord::into_digest_only),
            after.as_ref().map(written_and_read),
        ];
        for before in &forms {
            let session = session(before, case.token, case.leeway, 0);
            for after in &afters {
                for (now, expected) in case.standings {
                    let standing = session.standing(after.as_ref(), at(*now));
                    let what = case.what;
                    assert_eq!(standing, *expected, "{what} at {now}: {before:?} {after:?}");
                }
            }
        }
    }
}

fn written_and_read(record: &TokenRecord) -> TokenRecord {
    stored(&serde_json::to_string(&record.expose_for_storage()).unwrap())
}

/// One record of the same session after the other, and what the session's standing is at the time.
struct Seen {
    what: &'static str,
    before: fn() -> TokenRecord,
    steps: &'static [Step],
    expires_at: Option<i64>,
}

type Step = (fn() -> TokenRecord, i64, Standing);

const REPLACED: fn() -> TokenRecord = || issued("second");
const RENEWED: fn() -> TokenRecord = || issued("first").with_expiry(at(200));

const SEEN: &[Seen] = &[
    Seen {
        what: "renewed, seen, replaced",
        before: || issued("first").with_expiry(at(100)),
        steps: &[
            (RENEWED, 50, Holds),
            (REPLACED, 111, Replaced),
            (REPLACED, 210, Replaced),
            (REPLACED, 211, Expired),
        ],
        expires_at: Some(210),
    },
    Seen {
        what: "renewed and replaced, and nobody looked in between",
        before: || issued("first").with_expiry(at(100)),
        steps: &[(REPLACED, 110, Replaced), (REPLACED, 111, Expired)],
        expires_at: Some(110),
    },
    Seen {
        what: "renewed forever, seen, replaced",
        before: || issued("first").with_expiry(at(100)),
        steps: &[
            (|| issued("first"), 50, Holds),
            (REPLACED, i64::MAX, Replaced),
        ],
        expires_at: None,
    },
    Seen {
        what: "without an end, and then with one: the first is the later",
        before: || issued("first"),
        steps: &[(RENEWED, 50, Holds), (REPLACED, i64::MAX, Replaced)],
        expires_at: None,
    },
    Seen {
        what: "renewed twice, the second time with an earlier end",
        before: || issued("first").with_expiry(at(100)),
        steps: &[
            (RENEWED, 50, Holds),
            (|| issued("first").with_expiry(at(150)), 60, Holds),
            (REPLACED, 210, Replaced),
            (REPLACED, 211, Expired),
        ],
        expires_at: Some(210),
    },
    Seen {
        what: "while the same token stands there, its own end counts",
        before: || issued("first").with_expiry(at(100)),
        steps: &[
            (RENEWED, 50, Holds),
            (|| issued("first").with_expiry(at(150)), 161, Expired),
        ],
        expires_at: Some(210),
    },
    Seen {
        what: "let in by the superseded token, whose overlap was lengthened, seen, replaced",
        before: || rotated(issued("first")),
        steps: &[
            (
                || {
                    issued("first")
                        .rotate(Token::new("second"), at(80))
                        .unwrap()
                },
                60,
                Holds,
            ),
            (REPLACED, 80, Replaced),
            (REPLACED, 81, Expired),
        ],
        expires_at: Some(80),
    },
    Seen {
        what: "renewed, seen, revoked",
        before: || issued("first").with_expiry(at(100)),
        steps: &[
            (RENEWED, 50, Holds),
            (|| RENEWED().revoke(at(60)), 60, Revoked),
            (
                || issued("second").replacing(Some(&RENEWED().revoke(at(60)))),
                70,
                Revoked,
            ),
        ],
        expires_at: Some(210),
    },
];

#[test]
fn a_replaced_token_expires_at_the_latest_expiry_that_was_seen() {
    for seen in SEEN {
        for digest_only in [false, true] {
            let in_form = |record: TokenRecord| match digest_only {
                true => record.into_digest_only(),
                false => record,
            };
            let session = session(&in_form((seen.before)()), "first", LEEWAY, 0);
            for (record, now, expected) in seen.steps {
                let standing = session.standing(Some(&in_form(record())), at(*now));
                assert_eq!(standing, *expected, "{} at {now}", seen.what);
            }
            let expires_at = session.expires_at().map(Timestamp::as_millis);
            assert_eq!(expires_at, seen.expires_at, "{}", seen.what);
        }
    }
}

/// Through the lengths at which the compared form changes, plain and as a digest.
#[test]
fn tokens_of_any_length_are_told_apart() {
    for len in [1, 31, 32, 63, 64, 65, 66, 200] {
        let token = "t".repeat(len);
        let others = [
            format!("{token}t"),
            format!("{token}\0"),
            token.replacen('t', "T", 1),
        ];
        for record in [issued(&token), issued(&token).into_digest_only()] {
            let session = session(&record, &token, 0, 0);
            for same in [issued(&token), issued(&token).into_digest_only()] {
                assert_eq!(session.standing(Some(&same), at(0)), Holds, "{len}");
            }
            for other in &others {
                for other in [issued(other), issued(other).into_digest_only()] {
                    assert_eq!(session.standing(Some(&other), at(0)), Replaced, "{len}");
                }
            }
        }
    }
}

/// Where the bytes differ by as much as the lengths do, one must not cancel the other.
#[test]
fn a_difference_in_length_does_not_cancel_one_in_content() {
    for len in 1..64 {
        let token = "t".repeat(len);
        let session = session(&issued(&token), &token, 0, 0);
        for more in '\u{1}'..='\u{7f}' {
            let longer = issued(format!("{token}{more}"));
            assert_eq!(session.standing(Some(&longer), at(0)), Replaced, "{len}");
        }
    }
}

/// The text of a digest is not the digest.
#[test]
fn a_digest_is_not_the_token_that_reads_like_it() {
    let record = issued("first").into_digest_only();
    let session = session(&record, "first", 0, 0);
    let hex = hex::encode(Token::new("first").digest().expose_secret());
    assert_eq!(session.standing(Some(&issued(&hex)), at(0)), Replaced);
}

#[test]
fn a_session_without_a_token_always_holds() {
    let guest = Verified::dangerously_unverified("guest", FLAG, DeviceLevel::Slave, at(7));
    assert_eq!(guest.accepted_by(), VerifiedBy::Unverified);
    assert_eq!(guest.verified_at(), at(7));
    let tombstone = issued("").revoke(at(5));
    let expired = issued("other").with_expiry(at(1));
    for record in [None, Some(&tombstone), Some(&expired)] {
        assert_eq!(guest.standing(record, Timestamp::MAX), Holds);
    }
}

#[test]
fn the_time_of_the_check_is_remembered() {
    let now = 1_700_000_000_000;
    assert_eq!(
        session(&issued("first"), "first", 0, now).verified_at(),
        at(now)
    );
}

#[test]
fn a_verified_prints_no_token() {
    for record in [issued("hunter2"), issued("hunter2").into_digest_only()] {
        let shown = format!("{:?}", session(&record, "hunter2", 0, 0));
        let digest = hex::encode(Token::new("hunter2").digest().expose_secret());
        assert!(
            !shown.contains("hunter2") && !shown.contains(&digest),
            "{shown}"
        );
        assert!(shown.contains("sha256=f52fbd32"), "{shown}");
    }
}

/// A second gateway sees only the new record after a password change.
#[test]
fn the_embedded_store_carries_revocations_over() {
    let store = MemoryStore::new();
    let standing = |session: &Verified| {
        let record = store.get("alice", FLAG).unwrap();
        session.standing(record.as_ref(), at(0))
    };
    let let_in = |token| {
        let credentials = Credentials::new("alice", FLAG, token);
        Verifier::new().verify(&store, &credentials, at(0)).unwrap()
    };
    store.insert("alice", FLAG, issued("first"));
    let first = let_in("first");

    store.revoke("alice", FLAG, at(1));
    assert_eq!(standing(&first), Revoked);
    store.insert("alice", FLAG, issued("second"));
    assert_eq!(standing(&first), Revoked);
    let second = let_in("second");
    assert_eq!(standing(&second), Holds);

    // What `update` makes anew carries over too.
    store.update("alice", FLAG, |_| Some(issued("third")));
    assert_eq!((standing(&first), standing(&second)), (Revoked, Replaced));
    store
        .rotate("alice", FLAG, Token::new("fourth"), at(50))
        .unwrap();
    let third = let_in("third");
    assert_eq!((standing(&first), standing(&third)), (Revoked, Holds));

    store.update("alice", FLAG, |record| {
        record.map(|record| record.revoke(at(2)))
    });
    store.update("alice", FLAG, |_| Some(issued("third")));
    assert_eq!((standing(&second), standing(&third)), (Revoked, Revoked));

    // Other flags and other users have counts of their own.
    store.insert("alice", DeviceFlag::App, issued("app"));
    let app = store.get("alice", DeviceFlag::App).unwrap().unwrap();
    assert_eq!(app.revocations(), 0);

    store.update("alice", FLAG, |_| None);
    assert_eq!(standing(&third), Unknown);
}
