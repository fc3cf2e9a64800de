//! What a store promises, one by one.

use core::fmt;

/// A requirement of the contract of [`TokenStore`](crate::TokenStore) and of what writes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// What was never registered is `Ok(None)`, and `get_all` has nothing for it.
    AbsentIsNone,
    /// A record belongs to exactly this uid, byte for byte: letter case, whitespace, accents, letters
    /// that look alike, wildcards and separators tell users apart.
    UidIsExact,
    /// Long uids are kept whole or refused when written, never cut.
    LongUidIsExact,
    /// A record belongs to exactly this device flag, whichever of the 256.
    FlagIsExact,
    /// `get_all` gives the user's own records for the device flags asked for, and all of them.
    GetAllIsTheUsersOwn,
    /// A lookup whose future is dropped does not disturb the next one.
    DroppedLookupsLeaveNothing,
    /// A token is kept to the byte, whatever its characters and its length.
    TokenIsExact,
    /// A record that was issued with a digest goes on accepting its token.
    DigestIsKept,
    /// Times are kept to the millisecond, the latest there is included.
    ExpiryIsKept,
    /// The device level is kept.
    LevelIsKept,
    /// A record that cannot be read is an error of a lookup, never "no token"; issuing replaces it.
    UnreadableIsAnError,
    /// A record that was acknowledged as written is seen by the next lookup.
    WritesAreSeen,
    /// Issuing replaces whatever is there, a tombstone too.
    IssueReplaces,
    /// After a rotation both tokens are accepted, the old one until the overlap ends; level and
    /// expiry stay.
    RotationOverlaps,
    /// A second rotation drops the oldest token.
    RotationKeepsOneToken,
    /// Once a revocation was acknowledged, no lookup on any thread accepts the token.
    RevocationIsSeen,
    /// A session from before a revocation is known as revoked even after another token, or the same
    /// one, was issued: `issue` carries over how often the pair's token was
    /// [revoked](crate::TokenRecord::revocations), in one atomic step.
    RevocationIsSeenBehindAnIssue,
    /// A revoked record is returned, as a tombstone that knows its token and when it was revoked.
    TombstoneIsReturned,
    /// Revoking again does not move the time.
    FirstRevocationStays,
    /// Rotating does not bring a revoked token back.
    TombstoneIsNotRotated,
    /// Rotating or revoking what is not there registers nothing.
    NothingComesOfNothing,
    /// Of records issued at the same time, one is there in the end, whole.
    IssuesAreWhole,
    /// Of rotations at the same time none is lost.
    RotationsAreAtomic,
    /// A revocation beside a rotation wins, whichever came first.
    RevocationWins,
    /// Writing one pair does not disturb the user's other pairs.
    PairsAreIndependent,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Requirement; 25] = [
        Requirement::AbsentIsNone,
        Requirement::UidIsExact,
        Requirement::LongUidIsExact,
        Requirement::FlagIsExact,
        Requirement::GetAllIsTheUsersOwn,
        Requirement::DroppedLookupsLeaveNothing,
        Requirement::TokenIsExact,
        Requirement::DigestIsKept,
        Requirement::ExpiryIsKept,
        Requirement::LevelIsKept,
        Requirement::UnreadableIsAnError,
        Requirement::WritesAreSeen,
        Requirement::IssueReplaces,
        Requirement::RotationOverlaps,
        Requirement::RotationKeepsOneToken,
        Requirement::RevocationIsSeen,
        Requirement::RevocationIsSeenBehindAnIssue,
        Requirement::TombstoneIsReturned,
        Requirement::FirstRevocationStays,
        Requirement::TombstoneIsNotRotated,
        Requirement::NothingComesOfNothing,
        Requirement::IssuesAreWhole,
        Requirement::RotationsAreAtomic,
        Requirement::RevocationWins,
        Requirement::PairsAreIndependent,
    ];

    /// A stable word for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Requirement::AbsentIsNone => "absent_is_none",
            Requirement::UidIsExact => "uid_is_exact",
            Requirement::LongUidIsExact => "long_uid_is_exact",
            Requirement::FlagIsExact => "flag_is_exact",
            Requirement::GetAllIsTheUsersOwn => "get_all_is_the_users_own",
            Requirement::DroppedLookupsLeaveNothing => "dropped_lookups_leave_nothing",
            Requirement::TokenIsExact => "token_is_exact",
            Requirement::DigestIsKept => "digest_is_kept",
            Requirement::ExpiryIsKept => "expiry_is_kept",
            Requirement::LevelIsKept => "level_is_kept",
            Requirement::UnreadableIsAnError => "unreadable_is_an_error",
            Requirement::WritesAreSeen => "writes_are_seen",
            Requirement::IssueReplaces => "issue_replaces",
            Requirement::RotationOverlaps => "rotation_overlaps",
            Requirement::RotationKeepsOneToken => "rotation_keeps_one_token",
            Requirement::RevocationIsSeen => "revocation_is_seen",
            Requirement::RevocationIsSeenBehindAnIssue => "revocation_is_seen_behind_an_issue",
            Requirement::TombstoneIsReturned => "tombstone_is_returned",
            Requirement::FirstRevocationStays => "first_revocation_stays",
            Requirement::TombstoneIsNotRotated => "tombstone_is_not_rotated",
            Requirement::NothingComesOfNothing => "nothing_comes_of_nothing",
            Requirement::IssuesAreWhole => "issues_are_whole",
            Requirement::RotationsAreAtomic => "rotations_are_atomic",
            Requirement::RevocationWins => "revocation_wins",
            Requirement::PairsAreIndependent => "pairs_are_independent",
        }
    }
}

/// The label.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}
