//! What a store promises, one by one.

use core::fmt;

/// A clause of the contract of [`TokenStore`](crate::TokenStore) and of what writes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Clause {
    /// What was never registered is `Ok(None)`, and has no others.
    AbsentIsNone,
    /// A record belongs to exactly this uid, byte for byte: letter case, blanks, accents, letters that look alike,
    /// wildcards and separators tell users apart.
    UidIsExact,
    /// Long uids are kept whole or refused when written, never cut.
    LongUidIsExact,
    /// A record belongs to exactly this device flag.
    FlagIsExact,
    /// `others` gives the user's own records for the client flags other than the one asked for, and
    /// all of them.
    OthersAreTheUsersOwn,
    /// A look-up whose future is dropped does not disturb the next one.
    DroppedLookUpsLeaveNothing,
    /// A token is kept to the byte, whatever its characters and its length.
    TokenIsExact,
    /// A record that was issued with a digest goes on accepting its token.
    DigestIsKept,
    /// Times are kept to the millisecond, the latest there is included.
    ExpiryIsKept,
    /// The device level is kept.
    LevelIsKept,
    /// A record that cannot be read is an error, never "no token".
    UnreadableIsAnError,
    /// A record that was acknowledged as written is seen by the next look-up.
    WritesAreSeen,
    /// Issuing replaces whatever is there, a tombstone too.
    IssueReplaces,
    /// After a rotation both tokens are accepted, the old one until the overlap ends; level and
    /// expiry stay.
    RotationOverlaps,
    /// A second rotation drops the oldest token.
    RotationKeepsOneToken,
    /// Once a revocation was acknowledged, no look-up on any thread accepts the token.
    RevocationIsSeen,
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

impl Clause {
    /// All of them.
    pub const ALL: [Clause; 24] = [
        Clause::AbsentIsNone,
        Clause::UidIsExact,
        Clause::LongUidIsExact,
        Clause::FlagIsExact,
        Clause::OthersAreTheUsersOwn,
        Clause::DroppedLookUpsLeaveNothing,
        Clause::TokenIsExact,
        Clause::DigestIsKept,
        Clause::ExpiryIsKept,
        Clause::LevelIsKept,
        Clause::UnreadableIsAnError,
        Clause::WritesAreSeen,
        Clause::IssueReplaces,
        Clause::RotationOverlaps,
        Clause::RotationKeepsOneToken,
        Clause::RevocationIsSeen,
        Clause::TombstoneIsReturned,
        Clause::FirstRevocationStays,
        Clause::TombstoneIsNotRotated,
        Clause::NothingComesOfNothing,
        Clause::IssuesAreWhole,
        Clause::RotationsAreAtomic,
        Clause::RevocationWins,
        Clause::PairsAreIndependent,
    ];

    /// A stable word for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Clause::AbsentIsNone => "absent_is_none",
            Clause::UidIsExact => "uid_is_exact",
            Clause::LongUidIsExact => "long_uid_is_exact",
            Clause::FlagIsExact => "flag_is_exact",
            Clause::OthersAreTheUsersOwn => "others_are_the_users_own",
            Clause::DroppedLookUpsLeaveNothing => "dropped_look_ups_leave_nothing",
            Clause::TokenIsExact => "token_is_exact",
            Clause::DigestIsKept => "digest_is_kept",
            Clause::ExpiryIsKept => "expiry_is_kept",
            Clause::LevelIsKept => "level_is_kept",
            Clause::UnreadableIsAnError => "unreadable_is_an_error",
            Clause::WritesAreSeen => "writes_are_seen",
            Clause::IssueReplaces => "issue_replaces",
            Clause::RotationOverlaps => "rotation_overlaps",
            Clause::RotationKeepsOneToken => "rotation_keeps_one_token",
            Clause::RevocationIsSeen => "revocation_is_seen",
            Clause::TombstoneIsReturned => "tombstone_is_returned",
            Clause::FirstRevocationStays => "first_revocation_stays",
            Clause::TombstoneIsNotRotated => "tombstone_is_not_rotated",
            Clause::NothingComesOfNothing => "nothing_comes_of_nothing",
            Clause::IssuesAreWhole => "issues_are_whole",
            Clause::RotationsAreAtomic => "rotations_are_atomic",
            Clause::RevocationWins => "revocation_wins",
            Clause::PairsAreIndependent => "pairs_are_independent",
        }
    }
}

/// The label.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}
