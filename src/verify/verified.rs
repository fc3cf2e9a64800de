//! The proof that a client was verified.

use crate::credentials::Uid;
use crate::device::{DeviceFlag, DeviceLevel};
use crate::time::Timestamp;

/// The proof that a client's token was checked and accepted.
///
/// Only a check makes one, it cannot be copied, and a success reply is not to be had without it:
/// a connection cannot be greeted by forgetting to verify it.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord};
/// use wukongim_auth::{VerifiedBy, verify_record};
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
/// It cannot be made, nor copied, nor used for two replies.
///
/// ```compile_fail,E0624
/// # use wukongim_auth::{DeviceFlag, DeviceLevel, Verified, VerifiedBy};
/// # let now = wukongim_auth::Timestamp::from_millis(0);
/// Verified::new("alice", DeviceFlag::Web, DeviceLevel::Slave, None, VerifiedBy::Current, now);
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
#[must_use = "a connection is verified for something: accept it, or say why not"]
pub struct Verified {
    uid: Uid,
    device_flag: DeviceFlag,
    device_level: DeviceLevel,
    expires_at: Option<Timestamp>,
    accepted_by: VerifiedBy,
    verified_at: Timestamp,
}

/// What a connection was accepted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifiedBy {
    /// The token that is current.
    Current,
    /// The token before it, in the overlap after a rotation.
    Superseded,
    /// No token at all: the host's word.
    Unverified,
}

impl Verified {
    pub(crate) fn new(
        uid: &str,
        device_flag: DeviceFlag,
        device_level: DeviceLevel,
        expires_at: Option<Timestamp>,
        accepted_by: VerifiedBy,
        verified_at: Timestamp,
    ) -> Self {
        Verified {
            uid: Uid::new(uid),
            device_flag,
            device_level,
            expires_at,
            accepted_by,
            verified_at,
        }
    }

    /// A success without any check, for hosts that let guests in. Whoever calls this vouches for
    /// the uid and the flag: a guest who may choose them is whoever he says he is, on SYSTEM too.
    pub fn dangerously_unverified(
        uid: &str,
        device_flag: DeviceFlag,
        device_level: DeviceLevel,
        now: Timestamp,
    ) -> Self {
        let by = VerifiedBy::Unverified;
        Verified::new(uid, device_flag, device_level, None, by, now)
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

    /// How the session ranks among those of its flag.
    #[must_use]
    pub const fn device_level(&self) -> DeviceLevel {
        self.device_level
    }

    /// The last moment at which the same token would be accepted again, leeway included; `None`:
    /// no end is known.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// What the connection was accepted for.
    #[must_use]
    pub const fn accepted_by(&self) -> VerifiedBy {
        self.accepted_by
    }

    /// When the connection was verified: the time that the verification was given.
    #[must_use]
    pub const fn verified_at(&self) -> Timestamp {
        self.verified_at
    }

    /// Whether this proof is about the given user and kind of device.
    pub(crate) fn is_about(&self, uid: &str, device_flag: DeviceFlag) -> bool {
        self.uid.as_bytes() == uid.as_bytes() && self.device_flag == device_flag
    }
}
