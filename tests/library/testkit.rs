//! The suite for stores: the embedded store passes it, and every clause catches a twin that breaks
//! it.

mod twin;

use std::error::Error;

use twin::{Fault, Twin};
use wukongim_auth::compare::compare::Secret;
use wukongim_auth::provision::RotateError;
use wukongim_auth::testkit::{Requirement, StoreUnderTest, check, check_requirement};
use wukongim_auth::{BoxError, DeviceFlag, MemoryStore, Ready, Timestamp, TokenRecord};

struct Memory(Ready<MemoryStore>);

impl StoreUnderTest for Memory {
    type Store = Ready<MemoryStore>;

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
    let report = check(&Memory(Ready(MemoryStore::new())));
    assert!(report.holds(), "{report}");
    assert_eq!(report.skipped(), [Requirement::UnreadableIsAnError]);
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
const CONTROLS: [(Fault, Requirement); 50] = [
    (Fault::AbsentIsAnEmptyToken, Requirement::AbsentIsNone),
    (Fault::AbsentIsAnError, Requirement::AbsentIsNone),
    (Fault::OthersAreInvented, Requirement::AbsentIsNone),
    (Fault::UidFoldsCase, Requirement::UidIsExact),
    (Fault::UidLosesTrailingBlanks, Requirement::UidIsExact),
    (Fault::UidLosesLeadingBlanks, Requirement::UidIsExact),
    (Fault::UidIsAPattern, Requirement::UidIsExact),
    (Fault::UidLosesAccents, Requirement::UidIsExact),
    (Fault::UidIsCut, Requirement::LongUidIsExact),
    (Fault::UidIsCutAt255, Requirement::LongUidIsExact),
    (Fault::FlagIsIgnored, Requirement::FlagIsExact),
    (Fault::SystemIsApp, Requirement::FlagIsExact),
    (Fault::OthersHoldOwn, Requirement::OthersAreTheUsersOwn),
    (Fault::OthersHoldSystem, Requirement::OthersAreTheUsersOwn),
    (
        Fault::OthersLackTombstones,
        Requirement::OthersAreTheUsersOwn,
    ),
    (Fault::OthersLackPc, Requirement::OthersAreTheUsersOwn),
    (Fault::OthersFoldCase, Requirement::OthersAreTheUsersOwn),
    (
        Fault::OthersAreAnotherFlags,
        Requirement::OthersAreTheUsersOwn,
    ),
    (
        Fault::RepliesGoByOrder,
        Requirement::DroppedLookUpsLeaveNothing,
    ),
    (Fault::TokenIsCut, Requirement::TokenIsExact),
    (Fault::TokenIsTrimmed, Requirement::TokenIsExact),
    (Fault::TokenFoldsCase, Requirement::TokenIsExact),
    (Fault::DigestIsTakenForAToken, Requirement::DigestIsKept),
    (Fault::TimesAreSeconds, Requirement::ExpiryIsKept),
    (Fault::TimesAreFloats, Requirement::ExpiryIsKept),
    (Fault::LevelIsLost, Requirement::LevelIsKept),
    (Fault::LevelIsLostInRotation, Requirement::LevelIsKept),
    (Fault::UnreadableIsNone, Requirement::UnreadableIsAnError),
    (
        Fault::OthersPassOverUnreadable,
        Requirement::UnreadableIsAnError,
    ),
    (Fault::VersionIsIgnored, Requirement::UnreadableIsAnError),
    (Fault::ReadsAreCached, Requirement::WritesAreSeen),
    (
        Fault::IssueIsForTheFirstTimeOnly,
        Requirement::WritesAreSeen,
    ),
    (Fault::IssueKeepsTombstones, Requirement::IssueReplaces),
    (Fault::IssueKeepsLevel, Requirement::IssueReplaces),
    (Fault::RotationDropsTheOld, Requirement::RotationOverlaps),
    (Fault::RotationLosesExpiry, Requirement::RotationOverlaps),
    (Fault::OverlapNeverEnds, Requirement::RotationOverlaps),
    (
        Fault::RotationKeepsTheOldest,
        Requirement::RotationKeepsOneToken,
    ),
    (Fault::RevocationIsLate, Requirement::RevocationIsSeen),
    (Fault::RevocationDeletes, Requirement::TombstoneIsReturned),
    (Fault::TombstoneIsHidden, Requirement::TombstoneIsReturned),
    (
        Fault::TombstoneForgetsItsToken,
        Requirement::TombstoneIsReturned,
    ),
    (
        Fault::LastRevocationStays,
        Requirement::FirstRevocationStays,
    ),
    (
        Fault::TombstoneIsRotated,
        Requirement::TombstoneIsNotRotated,
    ),
    (Fault::RotationRegisters, Requirement::NothingComesOfNothing),
    (
        Fault::RevocationRegisters,
        Requirement::NothingComesOfNothing,
    ),
    (Fault::IssueInTwoSteps, Requirement::IssuesAreWhole),
    (Fault::LevelInASecondStep, Requirement::IssuesAreWhole),
    (Fault::RotationInTwoSteps, Requirement::RotationsAreAtomic),
    (Fault::UserIsOneValue, Requirement::PairsAreIndependent),
];

#[test]
fn every_clause_catches_its_twins() {
    for (fault, clause) in CONTROLS {
        let broken = check_requirement(&Twin::new(fault), clause)
            .expect_err(&format!("{clause} does not catch {fault:?}"));
        assert_eq!(broken.requirement(), clause);
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
    check_requirement(&twin, Requirement::RevocationWins).unwrap_err();
}

/// In the clause that watches from another thread too: nobody waits for ever.
#[test]
fn a_panic_of_the_host_is_the_hosts() {
    let panic = std::panic::catch_unwind(|| {
        check_requirement(
            &Twin::new(Fault::RevocationPanics),
            Requirement::RevocationIsSeen,
        )
    });
    let panic = panic.unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the host's own code"));
}

#[test]
fn no_clause_is_without_a_control() {
    for clause in Requirement::ALL {
        let is_caught = CONTROLS.iter().any(|(_, by)| *by == clause);
        assert!(
            is_caught || clause == Requirement::RevocationWins,
            "{clause}"
        );
    }
}

#[test]
fn a_report_names_what_is_broken() {
    let report = check(&Twin::new(Fault::UidFoldsCase));
    assert!(!report.holds());
    let broken = &report.broken()[0];
    assert_eq!(broken.requirement(), Requirement::UidIsExact);
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
        let is_named = report.broken().iter().any(|b| b.requirement() == clause);
        assert!(is_named, "{fault:?}: {report}");
    }
}
