//! Credentials that are kept with an error.

use alloc::boxed::Box;
use alloc::string::String;

use crate::credentials::{Credentials, PeerFacts};
use crate::device::DeviceFlag;
use crate::token::PresentedToken;

/// Credentials that outlive their frame, in one allocation.
pub(crate) struct OwnedCredentials {
    /// uid, device id and token, one after the other.
    text: Box<str>,
    uid_len: usize,
    device_id_len: usize,
    device_flag: DeviceFlag,
    facts: PeerFacts,
}

impl OwnedCredentials {
    pub(crate) fn borrow(&self) -> Credentials<'_> {
        let (uid, rest) = self.text.split_at_checked(self.uid_len).unwrap_or_default();
        let (device_id, token) = rest
            .split_at_checked(self.device_id_len)
            .unwrap_or_default();
        Credentials {
            uid,
            device_flag: self.device_flag,
            device_id,
            token: PresentedToken::new(token),
            facts: self.facts,
        }
    }
}

impl From<&Credentials<'_>> for OwnedCredentials {
    fn from(credentials: &Credentials<'_>) -> Self {
        let parts = [
            credentials.uid,
            credentials.device_id,
            credentials.token.expose_secret(),
        ];
        let len = parts.iter().map(|part| part.len()).sum();
        // `concat` would do the same with 50 more instructions.
        let mut text = String::with_capacity(len);
        for part in parts {
            text.push_str(part);
        }
        OwnedCredentials {
            text: text.into(),
            uid_len: credentials.uid.len(),
            device_id_len: credentials.device_id.len(),
            device_flag: credentials.device_flag,
            facts: credentials.facts,
        }
    }
}
