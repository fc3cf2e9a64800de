//! A client's claim: who it is, and the token that proves it.

mod owned;
mod peer_facts;
pub(crate) mod placeholder;
mod problems;
mod uid;
pub(crate) mod uid_rules;
pub(crate) mod wrapping;

pub(crate) use owned::OwnedCredentials;
pub use peer_facts::{PeerFacts, Transport};
pub use problems::{ParameterProblem, parameter_problems};
pub(crate) use uid::Uid;

use core::fmt;
use core::net::SocketAddr;

use crate::device::DeviceFlag;
use crate::escape::Quoted;
use crate::token::PresentedToken;

/// The claim to be verified: who the client says it is, on what kind of device, and the token that
/// proves it. Borrowed from the frame that it arrived in.
///
/// You may add what you know about the connection. It never takes part in the verdict, but makes
/// the fix of a [`VerifyError`](crate::VerifyError) more specific.
///
/// ```
/// use wukongim_auth::diagnosis::Transport;
/// use wukongim_auth::{Credentials, DeviceFlag};
///
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret")
///     .with_device_id("a1b2W")
///     .with_transport(Transport::WebSocket);
/// assert_eq!(credentials.facts.transport, Some(Transport::WebSocket));
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
    /// The device's own id. It is only printed, never checked.
    pub device_id: &'a str,
    /// The token.
    pub token: PresentedToken<'a>,
    /// Additional facts about the connection.
    pub facts: PeerFacts,
}

impl<'a> Credentials<'a> {
    /// Creates the claim that `token` was issued for `uid` on a device with `device_flag`.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
    /// // The number that a parser of your own has read:
    /// let credentials = Credentials::new("alice", DeviceFlag::from(1), "s3cret");
    /// # assert_eq!(credentials.device_flag, DeviceFlag::Web);
    /// ```
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
            facts: PeerFacts::NONE,
        }
    }

    /// Adds the device's id.
    #[must_use]
    pub const fn with_device_id(mut self, device_id: &'a str) -> Self {
        self.device_id = device_id;
        self
    }

    /// Adds how the client reached your server.
    ///
    /// ```
    /// use wukongim_auth::diagnosis::Transport;
    /// use wukongim_auth::{Credentials, DeviceFlag};
    ///
    /// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret")
    ///     .with_device_id("10ae2855")
    ///     .with_transport(Transport::WebSocket)
    ///     .with_address("192.0.2.1:51000".parse().unwrap());
    /// # assert_eq!(credentials.device_id, "10ae2855");
    /// ```
    #[must_use]
    pub const fn with_transport(mut self, transport: Transport) -> Self {
        self.facts.transport = Some(transport);
        self
    }

    /// Adds the peer's address.
    #[must_use]
    pub const fn with_address(mut self, address: SocketAddr) -> Self {
        self.facts.address = Some(address);
        self
    }

    /// Records that the client sent no device flag and was treated as APP.
    ///
    /// [`Handshake::credentials`](crate::Handshake::credentials) does this on its own.
    ///
    /// ```
    /// use wukongim_auth::{Credentials, DeviceFlag};
    ///
    /// /// For a parser of your own: the fix then says that the flag was missing.
    /// fn credentials<'a>(uid: &'a str, flag: Option<u8>, token: &'a str) -> Credentials<'a> {
    ///     match flag {
    ///         Some(flag) => Credentials::new(uid, DeviceFlag::from(flag), token),
    ///         None => Credentials::new(uid, DeviceFlag::App, token).with_device_flag_missing(),
    ///     }
    /// }
    /// # assert_eq!(credentials("alice", None, "s3cret").uid, "alice");
    /// ```
    #[must_use]
    pub const fn with_device_flag_missing(mut self) -> Self {
        self.facts.device_flag_missing = true;
        self
    }
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
