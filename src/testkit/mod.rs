//! Tests that every store must pass: the contract of [`TokenStore`](crate::TokenStore), clause by
//! clause (feature `testkit`).
//!
//! A host that keeps tokens in an engine of its own says in [`Subject`] how they are written there,
//! and runs [`check`] from a test of its own. The suite brings no runtime and does no I/O: it calls
//! the store, and waits as [`Subject::block_on`] says. It writes under uids that nobody else has, so
//! that the store need not be empty; what it wrote stays there.
//!
//! ```
//! use wukongim_auth::testkit::{self, Subject};
//! use wukongim_auth::{Blocking, BoxError, DeviceFlag, MemoryStore, Secret, Timestamp, TokenRecord};
//!
//! #[derive(Default)]
//! struct Memory(Blocking<MemoryStore>);
//!
//! impl Subject for Memory {
//!     type Store = Blocking<MemoryStore>;
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
//!         let mut refused = None;
//!         self.0.0.update(uid, flag, |record| {
//!             let record = record?;
//!             let rotated = record.clone().rotate(secret.clone(), overlap_ends);
//!             Some(rotated.unwrap_or_else(|error| {
//!                 refused = Some(error);
//!                 record
//!             }))
//!         });
//!         refused.map_or(Ok(()), |error| Err(error.into()))
//!     }
//!
//!     async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
//!         self.0.0.update(uid, flag, |record| record.map(|record| record.revoke(now)));
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
//! Where a clause is broken, the report names it and what was seen:
//!
//! ```text
//! 22 of 23 clauses of the store contract hold
//!   broken: uid_is_exact: "tk5d2f61a0-01-A" was asked for, and the token of "tk5d2f61a0-01-a" is accepted
//!   skipped: unreadable_is_an_error
//! ```

mod clause;
mod content;
mod lifecycle;
mod look_up;
mod probe;
mod report;
mod subject;
mod uids;
mod writers;

pub use clause::Clause;
pub use report::{Broken, Report};
pub use subject::Subject;

use std::format;
use std::string::String;

use ring::rand::{SecureRandom, SystemRandom};

use probe::{Outcome, Probe};

/// Runs every clause against a store.
pub fn check<S: Subject>(subject: &S) -> Report {
    let run = name_of_run();
    let outcomes = Clause::ALL.map(|clause| (clause, run_clause(subject, &run, clause)));
    Report::new(outcomes.into_iter().collect())
}

/// Runs one clause. `Ok(false)`: the subject has no way to bring about what the clause is about.
///
/// # Errors
/// What was seen, where the clause is broken.
pub fn check_clause<S: Subject>(subject: &S, clause: Clause) -> Result<bool, Broken> {
    match run_clause(subject, &name_of_run(), clause) {
        Outcome::Holds => Ok(true),
        Outcome::Skipped => Ok(false),
        Outcome::Broken(seen) => Err(Broken::new(clause, seen)),
    }
}

fn run_clause<S: Subject>(subject: &S, run: &str, clause: Clause) -> Outcome {
    let probe = Probe::new(subject, run, clause);
    let held = match clause {
        Clause::AbsentIsNone => look_up::absent_is_none(&probe),
        Clause::UidIsExact => uids::uid_is_exact(&probe),
        Clause::LongUidIsExact => uids::long_uid_is_exact(&probe),
        Clause::FlagIsExact => look_up::flag_is_exact(&probe),
        Clause::OthersAreTheUsersOwn => look_up::others_are_the_users_own(&probe),
        Clause::DroppedLookUpsLeaveNothing => look_up::dropped_look_ups_leave_nothing(&probe),
        Clause::TokenIsExact => content::token_is_exact(&probe),
        Clause::DigestIsKept => content::digest_is_kept(&probe),
        Clause::ExpiryIsKept => content::expiry_is_kept(&probe),
        Clause::LevelIsKept => content::level_is_kept(&probe),
        Clause::UnreadableIsAnError => return content::unreadable_is_an_error(&probe).into(),
        Clause::WritesAreSeen => lifecycle::writes_are_seen(&probe),
        Clause::IssueReplaces => lifecycle::issue_replaces(&probe),
        Clause::RotationOverlaps => lifecycle::rotation_overlaps(&probe),
        Clause::RotationKeepsOneToken => lifecycle::rotation_keeps_one_token(&probe),
        Clause::RevocationIsSeen => lifecycle::revocation_is_seen(&probe),
        Clause::TombstoneIsReturned => lifecycle::tombstone_is_returned(&probe),
        Clause::FirstRevocationStays => lifecycle::first_revocation_stays(&probe),
        Clause::TombstoneIsNotRotated => lifecycle::tombstone_is_not_rotated(&probe),
        Clause::NothingComesOfNothing => lifecycle::nothing_comes_of_nothing(&probe),
        Clause::IssuesAreWhole => writers::issues_are_whole(&probe),
        Clause::RotationsAreAtomic => writers::rotations_are_atomic(&probe),
        Clause::RevocationWins => writers::revocation_wins(&probe),
        Clause::PairsAreIndependent => writers::pairs_are_independent(&probe),
    };
    held.map(|()| true).into()
}

/// Two runs over the same store do not meet.
fn name_of_run() -> String {
    let mut bytes = [0; 4];
    // Without randomness the runs of one store share their uids: what is there is written over.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("{:08x}", u32::from_be_bytes(bytes))
}
