//! What a client says of itself, and what is wrong with that on its face.

mod peer_facts;
mod problems;
mod uid;

pub use peer_facts::{PeerFacts, Transport};
pub use problems::{ParameterProblem, parameter_problems};
pub(crate) use uid::Uid;

use alloc::boxed::Box;
use core::fmt;

use crate::device::{DeviceFlag, DeviceFlags};
use crate::escape::Quoted;
use crate::refusal::Cause;
use crate::token::PresentedToken;

/// The claim to be checked: who the client says it is, on what kind of device, and the token that
/// is to prove it. Borrowed from the frame it came in.
///
/// ```
/// use wukongim_auth::{Credentials, DeviceFlag};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret").with_device_id("a1b2W");
/// assert_eq!(
///     format!("{credentials:?}"),
///     r#"Credentials { uid: "alice", device_flag: Web, device_id: "a1b2W", token: PresentedToken(len=6 sha256=1ec1c26b), .. }"#,
/// );
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Credentials<'a> {
    /// The user.
    pub uid: &'a str,
    /// The kind of device.
    pub device_flag: DeviceFlag,
    /// The device's own id; only printed, never checked.
    pub device_id: &'a str,
    /// The token.
    pub token: PresentedToken<'a>,
    /// What the host knows besides.
    pub facts: PeerFacts,
}

impl<'a> Credentials<'a> {
    /// The claim that `token` was issued for `uid` on a device of `device_flag`.
    pub fn new(
        uid: &'a str,
        device_flag: DeviceFlag,
        token: impl Into<PresentedToken<'a>>,
    ) -> Self {
        Credentials {
            uid,
            device_flag,
            device_id: "",
            token: token.into(),
            facts: PeerFacts::new(),
        }
    }

    /// Adds the device's id.
    #[must_use]
    pub const fn with_device_id(mut self, device_id: &'a str) -> Self {
        self.device_id = device_id;
        self
    }

    /// Adds what the host knows about the peer.
    #[must_use]
    pub const fn with_facts(mut self, facts: PeerFacts) -> Self {
        self.facts = facts;
        self
    }

    /// What refuses these credentials before any look-up. Nothing is trimmed first: what is
    /// compared later is what was sent.
    #[inline(always)]
    pub(crate) fn fault(&self, allowed: DeviceFlags) -> Option<Cause> {
        if self.uid.is_empty() {
            return Some(Cause::EmptyUid);
        }
        if has_control(self.uid) {
            return Some(Cause::InvalidUid);
        }
        if !allowed.contains(self.device_flag) {
            return Some(Cause::UnknownDeviceFlag(self.device_flag.wire()));
        }
        let blank = self.token.expose_secret().chars().all(char::is_whitespace);
        blank.then_some(Cause::EmptyToken)
    }
}

/// Whether a text has a control character. Looks at the bytes first, all at once: most uids are
/// printable ASCII, and no character has to be taken apart for that to be seen.
fn has_control(text: &str) -> bool {
    let is_suspect = |byte: u8| !(b' '..0x7f).contains(&byte);
    let suspect = text
        .bytes()
        .fold(false, |found, byte| found | is_suspect(byte));
    suspect && text.chars().any(char::is_control)
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("uid", &Quoted(self.uid))
            .field("device_flag", &self.device_flag)
            .field("device_id", &Quoted(self.device_id))
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Credentials that outlive their frame, in one allocation.
pub(crate) struct OwnedCredentials {
    /// uid, device id and token, one behind the other.
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
        OwnedCredentials {
            text: parts.concat().into(),
            uid_len: credentials.uid.len(),
            device_id_len: credentials.device_id.len(),
            device_flag: credentials.device_flag,
            facts: credentials.facts,
        }
    }
}
