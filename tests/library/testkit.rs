//! The suite for stores: the embedded store passes it, and every clause catches a twin that breaks
//! it.

mod twin;

use std::error::Error;

use twin::{Fault, Twin};
use wukongim_auth::testkit::{Clause, Subject, check, check_clause};
use wukongim_auth::{
    Blocking, BoxError, DeviceFlag, MemoryStore, RotateError, Secret, Timestamp, TokenRecord,
};

struct Memory(Blocking<MemoryStore>);

impl Subject for Memory {
    type Store = Blocking<MemoryStore>;

    fn store(&self) -> &Self::Store {
        &self.0
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        self.0.0.insert(uid, flag, record);
        Ok(())
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        let mut outcome: Result<(), RotateError> = Ok(());
        self.0.0.update(uid, flag, |record| {
            let record = record?;
            match record.clone().rotate(secret.clone(), overlap_ends) {
                Ok(rotated) => Some(rotated),
                Err(error) => {
                    outcome = Err(error);
                    Some(record)
                }
            }
        });
        outcome.map_err(Into::into)
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        let revoke = |record: Option<TokenRecord>| record.map(|record| record.revoke(now));
        self.0.0.update(uid, flag, revoke);
        Ok(())
    }
}

#[test]
fn the_embedded_store_keeps_the_contract() {
    let report = check(&Memory(Blocking(MemoryStore::new())));
    assert!(report.holds(), "{report}");
    assert_eq!(report.skipped(), [Clause::UnreadableIsAnError]);
    assert_eq!(
        report.to_string(),
        "23 of 23 clauses of the store contract hold\n  skipped: unreadable_is_an_error"
    );
}

#[test]
fn the_faultless_twin_keeps_it_again_and_again() {
    let twin = Twin::new(Fault::None);
    for _ in 0..2 {
        let report = check(&twin);
        assert!(report.holds() && report.skipped().is_empty(), "{report}");
    }
}

/// Every fault, and the clause that has to catch it.
const CONTROLS: [(Fault, Clause); 50] = [
    (Fault::AbsentIsAnEmptyToken, Clause::AbsentIsNone),
    (Fault::AbsentIsAnError, Clause::AbsentIsNone),
    (Fault::OthersAreInvented, Clause::AbsentIsNone),
    (Fault::UidFoldsCase, Clause::UidIsExact),
    (Fault::UidLosesTrailingBlanks, Clause::UidIsExact),
    (Fault::UidLosesLeadingBlanks, Clause::UidIsExact),
    (Fault::UidIsAPattern, Clause::UidIsExact),
    (Fault::UidLosesAccents, Clause::UidIsExact),
    (Fault::UidIsCut, Clause::LongUidIsExact),
    (Fault::UidIsCutAt255, Clause::LongUidIsExact),
    (Fault::FlagIsIgnored, Clause::FlagIsExact),
    (Fault::SystemIsApp, Clause::FlagIsExact),
    (Fault::OthersHoldOwn, Clause::OthersAreTheUsersOwn),
    (Fault::OthersHoldSystem, Clause::OthersAreTheUsersOwn),
    (Fault::OthersLackTombstones, Clause::OthersAreTheUsersOwn),
    (Fault::OthersLackPc, Clause::OthersAreTheUsersOwn),
    (Fault::OthersFoldCase, Clause::OthersAreTheUsersOwn),
    (Fault::OthersAreAnotherFlags, Clause::OthersAreTheUsersOwn),
    (Fault::RepliesGoByOrder, Clause::DroppedLookUpsLeaveNothing),
    (Fault::TokenIsCut, Clause::TokenIsExact),
    (Fault::TokenIsTrimmed, Clause::TokenIsExact),
    (Fault::TokenFoldsCase, Clause::TokenIsExact),
    (Fault::DigestIsTakenForAToken, Clause::DigestIsKept),
    (Fault::TimesAreSeconds, Clause::ExpiryIsKept),
    (Fault::TimesAreFloats, Clause::ExpiryIsKept),
    (Fault::LevelIsLost, Clause::LevelIsKept),
    (Fault::LevelIsLostInRotation, Clause::LevelIsKept),
    (Fault::UnreadableIsNone, Clause::UnreadableIsAnError),
    (Fault::OthersPassOverUnreadable, Clause::UnreadableIsAnError),
    (Fault::VersionIsIgnored, Clause::UnreadableIsAnError),
    (Fault::ReadsAreCached, Clause::WritesAreSeen),
    (Fault::IssueIsForTheFirstTimeOnly, Clause::WritesAreSeen),
    (Fault::IssueKeepsTombstones, Clause::IssueReplaces),
    (Fault::IssueKeepsLevel, Clause::IssueReplaces),
    (Fault::RotationDropsTheOld, Clause::RotationOverlaps),
    (Fault::RotationLosesExpiry, Clause::RotationOverlaps),
    (Fault::OverlapNeverEnds, Clause::RotationOverlaps),
    (Fault::RotationKeepsTheOldest, Clause::RotationKeepsOneToken),
    (Fault::RevocationIsLate, Clause::RevocationIsSeen),
    (Fault::RevocationDeletes, Clause::TombstoneIsReturned),
    (Fault::TombstoneIsHidden, Clause::TombstoneIsReturned),
    (Fault::TombstoneForgetsItsToken, Clause::TombstoneIsReturned),
    (Fault::LastRevocationStays, Clause::FirstRevocationStays),
    (Fault::TombstoneIsRotated, Clause::TombstoneIsNotRotated),
    (Fault::RotationRegisters, Clause::NothingComesOfNothing),
    (Fault::RevocationRegisters, Clause::NothingComesOfNothing),
    (Fault::IssueInTwoSteps, Clause::IssuesAreWhole),
    (Fault::LevelInASecondStep, Clause::IssuesAreWhole),
    (Fault::RotationInTwoSteps, Clause::RotationsAreAtomic),
    (Fault::UserIsOneValue, Clause::PairsAreIndependent),
];

#[test]
fn every_clause_catches_its_twins() {
    for (fault, clause) in CONTROLS {
        let broken = check_clause(&Twin::new(fault), clause)
            .expect_err(&format!("{clause} does not catch {fault:?}"));
        assert_eq!(broken.clause(), clause);
        let line = broken.to_string();
        assert!(line.starts_with(&format!("{clause}: ")), "{line}");
        assert!(
            !line.contains('\n') && line.len() < 400,
            "{fault:?}: {line}"
        );
        assert!(broken.source().is_none());
    }
}

/// The same two steps lose a revocation.
#[test]
fn a_rotation_in_two_steps_undoes_a_revocation() {
    let twin = Twin::new(Fault::RotationInTwoSteps);
    check_clause(&twin, Clause::RevocationWins).unwrap_err();
}

/// In the clause that watches from another thread too: nobody waits for ever.
#[test]
fn a_panic_of_the_host_is_the_hosts() {
    let panic = std::panic::catch_unwind(|| {
        check_clause(
            &Twin::new(Fault::RevocationPanics),
            Clause::RevocationIsSeen,
        )
    });
    let panic = panic.unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the host's own code"));
}

#[test]
fn no_clause_is_without_a_control() {
    for clause in Clause::ALL {
        let is_caught = CONTROLS.iter().any(|(_, by)| *by == clause);
        assert!(is_caught || clause == Clause::RevocationWins, "{clause}");
    }
}

#[test]
fn a_report_names_what_is_broken() {
    let report = check(&Twin::new(Fault::UidFoldsCase));
    assert!(!report.holds());
    let broken = &report.broken()[0];
    assert_eq!(broken.clause(), Clause::UidIsExact);
    let (asked, found) = broken
        .seen()
        .split_once(" was asked for, and the token of ")
        .unwrap();
    assert!(asked.starts_with('"') && asked.ends_with("A\""), "{asked}");
    assert!(found.ends_with("a\" is accepted"), "{found}");
    let line = format!("\n  broken: uid_is_exact: {}", broken.seen());
    assert!(report.to_string().contains(&line), "{report}");
    let count = 24 - report.broken().len();
    assert!(
        report
            .to_string()
            .starts_with(&format!("{count} of 24 clauses ")),
        "{report}"
    );
}

/// What a control breaks elsewhere is seen there: nothing panics on the way.
#[test]
fn every_twin_is_broken_where_it_should_be_in_a_whole_run() {
    for (fault, clause) in CONTROLS {
        let report = check(&Twin::new(fault));
        let is_named = report.broken().iter().any(|b| b.clause() == clause);
        assert!(is_named, "{fault:?}: {report}");
    }
}
