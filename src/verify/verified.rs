//! The proof that a client was verified.

use core::time::Duration;

use crate::credentials::{Credentials, Uid};
use crate::device::{DeviceFlag, DeviceLevel};
use crate::store::TokenRecord;
use crate::time::Timestamp;
use crate::token::Secret;
use crate::verify::standing::{Held, Standing};

/// The proof that a client's token was checked and accepted. It also holds what is needed to check
/// later whether the session is still valid.
///
/// Only a successful check creates one, it cannot be copied, and a success reply requires one.
/// Verification therefore cannot be skipped by accident.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord};
/// use wukongim_auth::session::VerifiedBy;
/// use wukongim_auth::verify_record;
///
/// let now = Timestamp::from_millis(1_700_000_000_000);
/// let end = Timestamp::from_millis(1_700_000_060_000);
/// let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Master).with_expiry(end);
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let verified = verify_record(&credentials, Some(&record), now)?;
/// assert_eq!((verified.uid(), verified.device_level()), ("alice", DeviceLevel::Master));
/// assert_eq!((verified.expires_at(), verified.accepted_by()), (Some(end), VerifiedBy::Current));
/// # Ok::<(), wukongim_auth::VerifyError>(())
/// ```
///
/// It cannot be constructed, copied, or used for two replies:
///
/// ```compile_fail,E0624
/// # use wukongim_auth::{DeviceFlag, Verified};
/// let _ = Verified::new;
/// ```
/// ```compile_fail,E0451
/// # use wukongim_auth::{DeviceLevel, Verified};
/// fn promoted(proof: Verified) -> Verified {
///     Verified { device_level: DeviceLevel::Master, ..proof }
/// }
/// ```
/// ```compile_fail,E0599
/// # use wukongim_auth::Verified;
/// fn two_of_one(proof: Verified) -> [Verified; 2] {
///     [proof.clone(), proof]
/// }
/// ```
/// ```compile_fail,E0382
/// # use wukongim_auth::{AcceptOptions, Answer, Handshake, Verified};
/// # fn twice([a, b]: [Handshake<'_>; 2], proof: Verified, options: &AcceptOptions) -> [Answer; 2] {
/// [a.answer(Ok(proof), options), b.answer(Ok(proof), options)]
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a verified client is waiting for its reply: accept it, or say why not"]
pub struct Verified {
    uid: Uid,
    device_flag: DeviceFlag,
    device_level: DeviceLevel,
    accepted_by: VerifiedBy,
    held: Option<Held>,
    verified_at: Timestamp,
}

/// What a connection was accepted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifiedBy {
    /// The current token.
    Current,
    /// The superseded token, during the overlap after a rotation.
    Superseded,
    /// No token was checked; the caller vouched for the peer.
    Unverified,
}

/// What a check accepted. It borrows everything and is copied only into the proof.
pub(crate) struct Acceptance<'a> {
    pub(crate) record: &'a TokenRecord,
    /// The secret of the record that was presented.
    pub(crate) secret: &'a Secret,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) accepted_by: VerifiedBy,
}

impl Verified {
    #[inline(always)]
    pub(crate) fn new(
        credentials: &Credentials<'_>,
        acceptance: &Acceptance<'_>,
        leeway: Duration,
        verified_at: Timestamp,
    ) -> Self {
        let Acceptance { record, secret, .. } = acceptance;
        Verified {
            uid: Uid::new(credentials.uid),
            device_flag: credentials.device_flag,
            device_level: record.device_level(),
            accepted_by: acceptance.accepted_by,
            held: Some(Held::new(record, secret, leeway, acceptance.expires_at)),
            verified_at,
        }
    }

    /// Creates a success without any check, for servers that accept guests. You vouch for the uid
    /// and the flag: if guests choose their own, they can impersonate anyone, including SYSTEM.
    ///
    /// ```
    /// use wukongim_auth::{DeviceFlag, DeviceLevel, Timestamp, Verified};
    ///
    /// // The server chose this name: nobody can guess it, and no user has it.
    /// let uid = "guest-0a0b0c0d0e0f0a0b0c0d0e0f0a0b0c0d";
    /// let (flag, level) = (DeviceFlag::Web, DeviceLevel::Slave);
    /// let guest = Verified::dangerously_unverified(uid, flag, level, Timestamp::now());
    /// assert_eq!(guest.uid(), uid);
    /// ```
    pub fn dangerously_unverified(
        uid: &str,
        device_flag: DeviceFlag,
        device_level: DeviceLevel,
        now: Timestamp,
    ) -> Self {
        Verified {
            uid: Uid::new(uid),
            device_flag,
            device_level,
            accepted_by: VerifiedBy::Unverified,
            held: None,
            verified_at: now,
        }
    }

    /// The user.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.uid.as_str()
    }

    /// The kind of device.
    #[must_use]
    pub const fn device_flag(&self) -> DeviceFlag {
        self.device_flag
    }

    /// The session's level among those with its flag.
    #[must_use]
    pub const fn device_level(&self) -> DeviceLevel {
        self.device_level
    }

    /// The last moment at which the same token would be accepted again, including leeway, or `None`
    /// if no end is known, or if it is the last moment that a timestamp can hold. It moves to a later
    /// time when [`standing`](Self::standing) sees that the token was renewed.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.held.as_ref()?.expires_at()
    }

    /// What the connection was accepted for.
    #[must_use]
    pub const fn accepted_by(&self) -> VerifiedBy {
        self.accepted_by
    }

    /// When the check was made: the `now` that was passed to it.
    #[must_use]
    pub const fn verified_at(&self) -> Timestamp {
        self.verified_at
    }

    /// Checks whether the session is still backed by today's record of its uid and device flag.
    /// Call it with a fresh lookup when a token has changed, and from time to time.
    ///
    /// A revocation is detected even if another token, or the same one, was issued right
    /// afterwards. A token that was registered again with a later expiry holds, and the later
    /// expiry is remembered: if another token replaces the renewed one, no record contains its
    /// expiry any more. Guests ([`dangerously_unverified`](Self::dangerously_unverified)) hold
    /// whatever the record says.
    ///
    /// ```
    /// use wukongim_auth::session::Standing;
    /// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, MemoryStore, Timestamp};
    /// use wukongim_auth::{Token, TokenRecord, TokenStore, verify};
    ///
    /// let issued = |token| TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    /// let (store, now) = (MemoryStore::new(), Timestamp::now());
    /// store.insert("alice", DeviceFlag::Web, issued("first"));
    /// let session = verify(&store, &Credentials::new("alice", DeviceFlag::Web, "first"), now)?;
    ///
    /// let standing = || {
    ///     let record = store.get("alice", DeviceFlag::Web).unwrap();
    ///     session.standing(record.as_ref(), now)
    /// };
    /// assert_eq!(standing(), Standing::Holds);
    ///
    /// store.insert("alice", DeviceFlag::Web, issued("second"));
    /// assert_eq!(standing(), Standing::Replaced);
    ///
    /// // A changed password: revoked, and a new token immediately.
    /// store.update("alice", DeviceFlag::Web, |record| record.map(|record| record.revoke(now)));
    /// store.insert("alice", DeviceFlag::Web, issued("third"));
    /// assert_eq!(standing(), Standing::Revoked);
    /// # Ok::<(), wukongim_auth::VerifyError>(())
    /// ```
    #[must_use]
    pub fn standing(&self, record: Option<&TokenRecord>, now: Timestamp) -> Standing {
        match &self.held {
            Some(held) => held.standing(record, now),
            None => Standing::Holds,
        }
    }

    /// Returns whether this proof is for the given user and kind of device.
    pub(crate) fn is_about(&self, uid: &str, device_flag: DeviceFlag) -> bool {
        self.uid.as_bytes() == uid.as_bytes() && self.device_flag == device_flag
    }
}
