//! The packed form of a record in the embedded store, which may hold millions.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::device::{DeviceFlag, DeviceLevel};
use crate::store::record::{Superseded, TokenRecord};
use crate::time::Timestamp;
use crate::token::{FixedLenSecret, LongText, Secret, Token};

/// The longest uid that is kept inline, in bytes: a UUID with dashes.
const INLINE_UID: usize = 36;

/// Length mark: the uid is too long to be kept inline.
const LONG_UID: u8 = u8::MAX;

/// One record and its key in 112 bytes: the fields that every record has, and a pointer to those
/// that some have, without padding.
///
/// The table reserves room for more entries than it holds, and an entry twice as large would waste
/// twice as much for each free slot.
pub(super) struct Entry {
    extra: Option<Box<Extra>>,
    secret: FixedLenSecret,
    uid: [u8; INLINE_UID],
    uid_len: u8,
    device_flag: u8,
    device_level: DeviceLevel,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Entry>() == 112);

/// The fields that some records have, in 24 bytes.
struct Extra {
    expires_at: Option<Timestamp>,
    cold: Option<Box<ColdFields>>,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Extra>() == 24);

/// The fields that few records have.
struct ColdFields {
    uid: Option<Box<str>>,
    long: Option<LongText>,
    revoked_at: Option<Timestamp>,
    superseded: Option<Arc<Superseded>>,
    revocations: u32,
}

impl Entry {
    pub(super) fn new(uid: &str, device_flag: DeviceFlag, record: TokenRecord) -> Self {
        let TokenRecord {
            secret,
            device_level,
            expires_at,
            superseded,
            revoked_at,
            revocations,
        } = record;
        let (secret, long) = match secret {
            Secret::Plain(token) => token.into_parts(),
            Secret::Digest(digest) => (FixedLenSecret::digest_only(&digest), None),
        };
        let mut inline = [0; INLINE_UID];
        let slot = inline.get_mut(..uid.len());
        let (uid_len, long_uid) = match (slot, u8::try_from(uid.len())) {
            (Some(slot), Ok(len)) => {
                slot.copy_from_slice(uid.as_bytes());
                (len, None)
            }
            _ => (LONG_UID, Some(uid.into())),
        };
        let cold = ColdFields {
            uid: long_uid,
            long,
            revoked_at,
            superseded,
            revocations,
        };
        let extra = Extra {
            expires_at,
            cold: cold.has_any().then(|| Box::new(cold)),
        };
        Entry {
            extra: extra.has_any().then(|| Box::new(extra)),
            secret,
            uid: inline,
            uid_len,
            device_flag: device_flag.wire(),
            device_level,
        }
    }

    #[inline(always)]
    pub(super) fn record(&self) -> TokenRecord {
        // Two ways to the end, so that the common form is copied once, to where the record goes.
        match self.secret.to_digest_only() {
            Some(digest) => self.record_of(Secret::Digest(digest)),
            None => {
                let long = self.cold().and_then(|cold| cold.long.clone());
                self.record_of(Secret::Plain(Token::from_parts(self.secret.clone(), long)))
            }
        }
    }

    #[inline(always)]
    fn record_of(&self, secret: Secret) -> TokenRecord {
        let cold = self.cold();
        TokenRecord {
            secret,
            device_level: self.device_level,
            expires_at: self.extra.as_deref().and_then(|extra| extra.expires_at),
            superseded: cold.and_then(|cold| cold.superseded.clone()),
            revoked_at: cold.and_then(|cold| cold.revoked_at),
            revocations: self.revocations(),
        }
    }

    pub(super) fn is_tombstone(&self) -> bool {
        self.cold().is_some_and(|cold| cold.revoked_at.is_some())
    }

    pub(super) fn revocations(&self) -> u32 {
        self.cold().map_or(0, |cold| cold.revocations)
    }

    /// Prepares this entry to replace another one with the same uid and device flag.
    pub(super) fn replacing(self, previous: &Entry) -> Self {
        let is_token = !previous.is_tombstone();
        if self.revocations() >= previous.revocations() && !(is_token && self.is_tombstone()) {
            return self;
        }
        let record = self.record();
        let record = record.in_place_of(previous.revocations(), is_token);
        let uid = core::str::from_utf8(self.uid()).unwrap_or_default();
        Entry::new(uid, self.device_flag.into(), record)
    }

    #[inline(always)]
    pub(super) fn is(&self, uid: &[u8], device_flag: u8) -> bool {
        self.device_flag == device_flag && self.uid() == uid
    }

    pub(super) fn uid(&self) -> &[u8] {
        let inline = self.uid.get(..usize::from(self.uid_len));
        inline.unwrap_or_else(|| {
            let long = self.cold().and_then(|cold| cold.uid.as_deref());
            long.unwrap_or_default().as_bytes()
        })
    }

    fn cold(&self) -> Option<&ColdFields> {
        self.extra.as_deref()?.cold.as_deref()
    }
}

impl Extra {
    fn has_any(&self) -> bool {
        self.expires_at.is_some() || self.cold.is_some()
    }
}

impl ColdFields {
    fn has_any(&self) -> bool {
        self.uid.is_some()
            || self.long.is_some()
            || self.revoked_at.is_some()
            || self.superseded.is_some()
            || self.revocations > 0
    }
}
