//! What to do about a broken requirement.

use super::requirement::Requirement;

/// The suite's own conclusion would mislead: what was seen is the store's error.
pub(super) const OF_A_FAILURE: &str =
    "Fix the error above first: the store failed before the requirement was tried to its end.";

pub(super) const OF_A_PANIC: &str = "Return an error instead of panicking. If the client needs a runtime, return \
    that runtime's `block_on` from `StoreUnderTest::block_on`, and call `check` from a plain `#[test]`.";

/// The usual mistakes of stores that break it, as far as they are known.
pub(super) const fn of(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::AbsentIsNone => {
            "Return Ok(None) if there is no row: neither an error nor an empty record."
        }
        Requirement::UidIsExact => {
            "Compare uids byte by byte: use a binary column or collation, do not trim, do not use LIKE."
        }
        Requirement::LongUidIsExact => {
            "Make the uid column long enough, or return an error from issue: a uid that is truncated is another user's."
        }
        Requirement::FlagIsExact => {
            "Make the device flag part of the key, as an unsigned number from 0 to 255."
        }
        Requirement::GetAllIsTheUsersOwn => {
            "Give get_all the conditions of get: this uid byte by byte, exactly the flags asked for, tombstones included."
        }
        Requirement::DroppedLookupsLeaveNothing => {
            "Use a client that discards late replies, or close a connection whose reply was not read."
        }
        Requirement::TokenIsExact => {
            "Store tokens as bytes or as unlimited UTF-8 text, unchanged; or store digests only."
        }
        Requirement::DigestIsKept => {
            "Store which kind of secret it is, plaintext or digest, for the superseded secret, too."
        }
        Requirement::ExpiryIsKept => {
            "Store times as 64-bit integers of milliseconds: not as floats, seconds or dates."
        }
        Requirement::LevelIsKept => "Store the device level; rotating and revoking keep it.",
        Requirement::UnreadableIsAnError => {
            "Return an error from get and get_all if a record cannot be read, as StoredRecord does; let issue replace it as if there were none."
        }
        Requirement::WritesAreSeen => {
            "Look records up where they were written: no cache that outlives a write, no replica."
        }
        Requirement::IssueReplaces => {
            "Replace every column when issuing, except the count of revocations."
        }
        Requirement::RotationOverlaps => {
            "Store everything that TokenRecord::rotate returns: the superseded secret, its end, the expiry, the level."
        }
        Requirement::RotationKeepsOneToken => {
            "Store the superseded secret that TokenRecord::rotate returns in place of the one before."
        }
        Requirement::RevocationIsSeen => {
            "Return from revoke only after the tombstone is committed, and look records up from there: no cache, no replica."
        }
        Requirement::RevocationIsSeenBehindAnIssue => {
            "Store the count of revocations, and carry it over when issuing (TokenRecord::replacing) in the same transaction."
        }
        Requirement::TombstoneIsReturned => {
            "Keep revoked records with their secret and their time, and return them from lookups; drop the superseded secret."
        }
        Requirement::FirstRevocationStays => {
            "Leave a tombstone as it is when it is revoked again, as TokenRecord::revoke does."
        }
        Requirement::TombstoneIsNotRotated => {
            "Rotate only a record that is not revoked, and check that in the same transaction."
        }
        Requirement::NothingComesOfNothing => {
            "Let rotate and revoke update a row that exists; only issue inserts."
        }
        Requirement::IssuesAreWhole => "Write a record in one statement or one transaction.",
        Requirement::RotationsAreAtomic | Requirement::RevocationWins => {
            "Read and write in one transaction that locks the row first (SELECT … FOR UPDATE; in SQLite BEGIN IMMEDIATE)."
        }
        Requirement::PairsAreIndependent => {
            "Store each uid and device flag in a row of its own, so that writing one leaves the others alone."
        }
    }
}
