//! Tests that every store must pass: the contract of [`TokenStore`](crate::TokenStore), requirement by
//! requirement (feature `testkit`).
//!
//! If you keep tokens in your own store, implement [`StoreUnderTest`], which says how tokens are written
//! there, and call [`check`] from a test. The suite brings no runtime and does no I/O of its own: it
//! calls the store, and waits with [`StoreUnderTest::block_on`]. The store need not be empty, because
//! the suite writes under uids that nobody else has. What it wrote stays in the store.
//!
//! Requirements that may break only now and then, such as those on concurrent writers, are tried several
//! times. Set `ROUNDS=full` in the environment to try them four times as often.
//!
//! ```
//! use wukongim_auth::testkit::{self, StoreUnderTest};
//! use wukongim_auth::compare::Secret;
//! use wukongim_auth::{Ready, BoxError, DeviceFlag, MemoryStore, Timestamp, TokenRecord};
//!
//! #[derive(Default)]
//! struct Memory(Ready<MemoryStore>);
//!
//! impl StoreUnderTest for Memory {
//!     type Store = Ready<MemoryStore>;
//!
//!     fn store(&self) -> &Self::Store {
//!         &self.0
//!     }
//!
//!     async fn issue(&self, uid: &str, flag: DeviceFlag, record: TokenRecord) -> Result<(), BoxError> {
//!         self.0.0.insert(uid, flag, record);
//!         Ok(())
//!     }
//!
//!     async fn rotate(
//!         &self,
//!         uid: &str,
//!         flag: DeviceFlag,
//!         secret: Secret,
//!         overlap_ends: Timestamp,
//!     ) -> Result<(), BoxError> {
//!         self.0.0.rotate(uid, flag, secret, overlap_ends)?;
//!         Ok(())
//!     }
//!
//!     async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
//!         self.0.0.revoke(uid, flag, now);
//!         Ok(())
//!     }
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn my_store_keeps_the_contract() {
//!     let report = testkit::check(&Memory::default());
//!     assert!(report.holds(), "{report}");
//! }
//! # my_store_keeps_the_contract();
//! ```
//!
//! An `issue` that reads the previous record first must not fail if that cannot be read: it replaces it
//! as if there were none (`replacing(None)`). [`Requirement::UnreadableIsAnError`] tests this if you
//! implement [`StoreUnderTest::overwrite`].
//!
//! # Runtimes
//! A client that needs a runtime (sqlx, redis, tokio-postgres) gets it from
//! [`StoreUnderTest::block_on`]: the suite creates, polls and drops every future inside it. Call
//! `check` from a plain `#[test]`, since a runtime cannot be started inside another.
//!
//! ```
//! # use wukongim_auth::testkit::StoreUnderTest;
//! # use wukongim_auth::compare::Secret;
//! # use wukongim_auth::{Ready, BoxError, DeviceFlag, MemoryStore, Timestamp, TokenRecord};
//! struct Database {
//!     runtime: tokio::runtime::Runtime,
//!     // … and the store
//! #   store: Ready<MemoryStore>,
//! }
//!
//! impl StoreUnderTest for Database {
//!     fn block_on<F: Future>(&self, future: F) -> F::Output {
//!         self.runtime.block_on(future)
//!     }
//!     // … and the rest
//! #   type Store = Ready<MemoryStore>;
//! #   fn store(&self) -> &Self::Store { &self.store }
//! #   async fn issue(&self, uid: &str, flag: DeviceFlag, record: TokenRecord) -> Result<(), BoxError> {
//! #       self.store.0.insert(uid, flag, record);
//! #       Ok(())
//! #   }
//! #   async fn rotate(&self, uid: &str, flag: DeviceFlag, secret: Secret, end: Timestamp) -> Result<(), BoxError> {
//! #       self.store.0.rotate(uid, flag, secret, end)?;
//! #       Ok(())
//! #   }
//! #   async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
//! #       self.store.0.revoke(uid, flag, now);
//! #       Ok(())
//! #   }
//! }
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # let report = wukongim_auth::testkit::check(&Database { runtime, store: Ready(MemoryStore::new()) });
//! # assert!(report.holds(), "{report}");
//! ```
//!
//! # The report
//! For each broken requirement, the report says what was seen and how to fix it. A panic breaks the
//! requirement in which it happened; the others are still tried.
//!
//! ```text
//! 23 of 24 requirements of the store contract hold
//!   broken: uid_is_exact: "tk5d2f61a0-01-A" was asked for, and the token of "tk5d2f61a0-01-a" is accepted
//!     fix: Compare uids byte by byte: use a binary column or collation, do not trim, do not use LIKE.
//!   skipped: unreadable_is_an_error
//! ```

mod content;
mod dropped;
mod fix;
mod lifecycle;
mod lookup;
mod named;
mod probe;
mod report;
mod requirement;
mod revocation;
mod rounds;
mod store_under_test;
mod uids;
mod writers;

pub use report::{Report, Violation};
pub use requirement::Requirement;
pub use store_under_test::StoreUnderTest;

use core::any::Any;
use std::format;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;

use ring::rand::{SecureRandom, SystemRandom};

use crate::escape::Line;
use probe::{Held, Probe};

/// Tries every requirement on a store.
pub fn check<S: StoreUnderTest>(subject: &S) -> Report {
    let run = name_of_run();
    let tried = Requirement::ALL.into_iter();
    let outcomes = tried.map(|requirement| {
        let outcome = run_requirement(subject, &run, requirement);
        (requirement, outcome)
    });
    Report::new(outcomes.collect())
}

/// Tries one requirement. `Ok(false)`: the subject has no way to bring about what the requirement is
/// about.
///
/// # Errors
/// What was seen, if the requirement is broken.
pub fn check_requirement<S: StoreUnderTest>(
    subject: &S,
    requirement: Requirement,
) -> Result<bool, Violation> {
    run_requirement(subject, &name_of_run(), requirement)
}

/// A panic, of the store or of what writes to it, is what was seen of this requirement; the others
/// are still tried.
fn run_requirement<S: StoreUnderTest>(
    subject: &S,
    run: &str,
    requirement: Requirement,
) -> Result<bool, Violation> {
    let probe = Probe::new(subject, run, requirement);
    // What the store looks like after its own panic is its own affair.
    let held = catch_unwind(AssertUnwindSafe(|| try_requirement(&probe, requirement)));
    let (seen, fix) = match held {
        Ok(Ok(is_tried)) => return Ok(is_tried),
        Ok(Err(seen)) if probe.has_failed() => (seen, fix::OF_A_FAILURE),
        Ok(Err(seen)) => (seen, fix::of(requirement)),
        Err(panic) => (words_of(&*panic), fix::OF_A_PANIC),
    };
    Err(Violation::new(requirement, seen, fix))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    match text.or_else(|| panic.downcast_ref::<&str>().copied()) {
        Some(text) => format!("it panicked: {}", Line(text)),
        None => "it panicked".into(),
    }
}

fn try_requirement<S: StoreUnderTest>(
    probe: &Probe<'_, S>,
    requirement: Requirement,
) -> Held<bool> {
    let held = match requirement {
        Requirement::AbsentIsNone => lookup::absent_is_none(probe),
        Requirement::UidIsExact => uids::uid_is_exact(probe),
        Requirement::LongUidIsExact => uids::long_uid_is_exact(probe),
        Requirement::FlagIsExact => lookup::flag_is_exact(probe),
        Requirement::GetAllIsTheUsersOwn => lookup::get_all_is_the_users_own(probe),
        Requirement::DroppedLookupsLeaveNothing => lookup::dropped_lookups_leave_nothing(probe),
        Requirement::TokenIsExact => content::token_is_exact(probe),
        Requirement::DigestIsKept => content::digest_is_kept(probe),
        Requirement::ExpiryIsKept => content::expiry_is_kept(probe),
        Requirement::LevelIsKept => content::level_is_kept(probe),
        Requirement::UnreadableIsAnError => return content::unreadable_is_an_error(probe),
        Requirement::WritesAreSeen => lifecycle::writes_are_seen(probe),
        Requirement::IssueReplaces => lifecycle::issue_replaces(probe),
        Requirement::RotationOverlaps => lifecycle::rotation_overlaps(probe),
        Requirement::RotationKeepsOneToken => lifecycle::rotation_keeps_one_token(probe),
        Requirement::RevocationIsSeen => revocation::revocation_is_seen(probe),
        Requirement::RevocationIsSeenBehindAnIssue => {
            revocation::revocation_is_seen_behind_an_issue(probe)
        }
        Requirement::TombstoneIsReturned => revocation::tombstone_is_returned(probe),
        Requirement::FirstRevocationStays => revocation::first_revocation_stays(probe),
        Requirement::TombstoneIsNotRotated => revocation::tombstone_is_not_rotated(probe),
        Requirement::NothingComesOfNothing => lifecycle::nothing_comes_of_nothing(probe),
        Requirement::IssuesAreWhole => writers::issues_are_whole(probe),
        Requirement::RotationsAreAtomic => writers::rotations_are_atomic(probe),
        Requirement::RevocationWins => writers::revocation_wins(probe),
        Requirement::PairsAreIndependent => writers::pairs_are_independent(probe),
    };
    held.map(|()| true)
}

/// Two runs over the same store do not meet.
fn name_of_run() -> String {
    let mut bytes = [0; 4];
    // Without randomness the runs of one store share their uids: what is there is written over.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("{:08x}", u32::from_be_bytes(bytes))
}
