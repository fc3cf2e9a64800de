//! The business server's side: requests that register and clear tokens.
//!
//! Their shapes and errors are upstream's (PROTOCOL §7). Serving them over HTTP is left to you.

use alloc::string::String;
use core::fmt;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::credentials::uid_rules::{RESERVED, SYSTEM_ACCOUNT, has_control};
use crate::device::{DeviceFlag, DeviceFlags, DeviceLevel};
use crate::escape::Quoted;
use crate::store::members::{self, Member, Object};
use crate::store::provision_error::ProvisionError;
use crate::store::record::TokenRecord;
use crate::store::trace;
use crate::token::{PresentedToken, Token};
use crate::wire::frame::{Limits, longest_string};

/// The body of `POST /user/token`: `{"uid","token","device_flag","device_level"}`. A member that is
/// absent or null counts as empty or 0; other members are ignored.
///
/// ```
/// use wukongim_auth::frame::Limits;
/// use wukongim_auth::provision::IssueTokenRequest;
/// use wukongim_auth::{DeviceFlags, MemoryStore};
///
/// let body = r#"{"uid":"alice","token":"s3cret","device_flag":1,"device_level":1}"#;
/// let request: IssueTokenRequest = serde_json::from_str(body)?;
/// let issued = request.into_registration(DeviceFlags::CLIENTS, Limits::default())?;
///
/// let store = MemoryStore::new();
/// store.insert(&issued.uid, issued.device_flag, issued.record);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// serde errors name the member, never its value:
///
/// ```
/// # use wukongim_auth::provision::IssueTokenRequest;
/// let body = r#"{"uid":"alice","token":12345}"#;
/// let error = serde_json::from_str::<IssueTokenRequest>(body).unwrap_err();
/// assert_eq!(error.to_string(), "token should be a string, but is a number at line 1 column 28");
/// ```
#[derive(Clone)]
pub struct IssueTokenRequest {
    uid: String,
    token: String,
    device_flag: i64,
    device_level: i64,
}

/// A registration: the record to store, and its key.
#[derive(Clone)]
#[non_exhaustive]
pub struct Registration {
    /// The user.
    pub uid: String,
    /// The kind of device.
    pub device_flag: DeviceFlag,
    /// The record to store in place of the existing one. Stores other than
    /// [`MemoryStore`](crate::MemoryStore) must call [`TokenRecord::replacing`] on it.
    pub record: TokenRecord,
}

impl IssueTokenRequest {
    /// Checks the request and turns it into a registration.
    ///
    /// `allowed` are the flags that clients may use: pass the same set as to
    /// [`Verifier::with_device_flags`](crate::Verifier::with_device_flags). `limits` is what you
    /// accept before authentication: pass the same as to
    /// [`Acceptor::with_limits`](crate::Acceptor::with_limits). A device level of master displaces
    /// the user's sessions with the same flag.
    ///
    /// With the feature `tracing`, this emits the event `token issue`.
    ///
    /// # Errors
    /// [`ProvisionError`] for everything that WuKongIM rejects: answer with status 400 and the
    /// error's text as `msg`. Requests that no client could ever connect with are rejected too: a
    /// token of only whitespace, a uid with control characters, a uid or token that no CONNECT
    /// within `limits` can carry, and a device flag outside `allowed`.
    pub fn into_registration(
        self,
        allowed: DeviceFlags,
        limits: Limits,
    ) -> Result<Registration, ProvisionError> {
        check_uid(&self.uid)?;
        if self.token.chars().all(char::is_whitespace) {
            return Err(ProvisionError::EmptyToken);
        }
        // The 1 leaves room for a token, which has at least one byte.
        check_len("uid", &self.uid, longest_string(limits, 1))?;
        check_len("token", &self.token, longest_string(limits, self.uid.len()))?;
        if self.uid == SYSTEM_ACCOUNT {
            return Err(ProvisionError::SystemAccount);
        }
        let device_flag = flag_of(self.device_flag).filter(|flag| allowed.contains(*flag));
        let device_flag = device_flag.ok_or(ProvisionError::DeviceFlag {
            number: self.device_flag,
            allowed,
        })?;
        let device_level = u8::try_from(self.device_level).ok();
        let device_level = device_level
            .and_then(DeviceLevel::from_wire)
            .ok_or(ProvisionError::DeviceLevel(self.device_level))?;
        let registration = Registration {
            uid: self.uid,
            device_flag,
            record: TokenRecord::issue(Token::new(&self.token), device_level),
        };
        trace::issue(&registration);
        Ok(registration)
    }
}

impl<'de> Deserialize<'de> for IssueTokenRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::read(deserializer)
    }
}

impl Object for IssueTokenRequest {
    const EMPTY: IssueTokenRequest = IssueTokenRequest {
        uid: String::new(),
        token: String::new(),
        device_flag: 0,
        device_level: 0,
    };
    const NAME: &'static str = "request";
    const MEMBERS: &'static [&'static str] = &["uid", "token", "device_flag", "device_level"];

    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error> {
        match member.name() {
            "uid" => self.uid = member.value()?.unwrap_or_default(),
            "token" => self.token = member.value()?.unwrap_or_default(),
            "device_flag" => self.device_flag = member.value()?.unwrap_or_default(),
            _ => self.device_level = member.value()?.unwrap_or_default(),
        }
        Ok(())
    }
}

impl fmt::Debug for IssueTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueTokenRequest")
            .field("uid", &Quoted(&self.uid))
            .field("token", &PresentedToken::new(&self.token))
            .field("device_flag", &self.device_flag)
            .field("device_level", &self.device_level)
            .finish()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("uid", &Quoted(&self.uid))
            .field("device_flag", &self.device_flag)
            .field("record", &self.record)
            .finish()
    }
}

/// The body of `POST /user/device_quit`: `{"uid","device_flag"}`. A flag of −1 means all flags that
/// clients may use.
///
/// ```
/// use wukongim_auth::provision::DeviceQuitRequest;
/// use wukongim_auth::DeviceFlags;
///
/// let request: DeviceQuitRequest = serde_json::from_str(r#"{"uid":"alice","device_flag":-1}"#)?;
/// let (uid, flags) = request.into_flags(DeviceFlags::CLIENTS)?;
/// assert_eq!((uid.as_str(), flags), ("alice", DeviceFlags::CLIENTS));
/// // For each of `flags.iter()`: revoke the record, close the sessions.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DeviceQuitRequest {
    uid: String,
    device_flag: i64,
}

impl DeviceQuitRequest {
    /// Returns whose tokens to revoke, and for which flags: all `allowed` ones for −1, otherwise
    /// the given one, whether it is allowed or not.
    ///
    /// With the feature `tracing`, this emits the event `token revoke`.
    ///
    /// # Errors
    /// [`ProvisionError::EmptyUid`]; [`ProvisionError::QuitFlag`] for a flag that is neither −1 nor
    /// a byte.
    pub fn into_flags(self, allowed: DeviceFlags) -> Result<(String, DeviceFlags), ProvisionError> {
        if self.uid.is_empty() {
            return Err(ProvisionError::EmptyUid);
        }
        let flags = match self.device_flag {
            -1 => allowed,
            number => flag_of(number)
                .map(DeviceFlags::from)
                .ok_or(ProvisionError::QuitFlag(number))?,
        };
        trace::revoke(&self.uid, flags);
        Ok((self.uid, flags))
    }
}

impl<'de> Deserialize<'de> for DeviceQuitRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::read(deserializer)
    }
}

impl Object for DeviceQuitRequest {
    const EMPTY: DeviceQuitRequest = DeviceQuitRequest {
        uid: String::new(),
        device_flag: 0,
    };
    const NAME: &'static str = "request";
    const MEMBERS: &'static [&'static str] = &["uid", "device_flag"];

    fn take<'de, A: MapAccess<'de>>(&mut self, member: Member<'_, A>) -> Result<(), A::Error> {
        match member.name() {
            "uid" => self.uid = member.value()?.unwrap_or_default(),
            _ => self.device_flag = member.value()?.unwrap_or_default(),
        }
        Ok(())
    }
}

impl fmt::Debug for DeviceQuitRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceQuitRequest")
            .field("uid", &Quoted(&self.uid))
            .field("device_flag", &self.device_flag)
            .finish()
    }
}

fn flag_of(number: i64) -> Option<DeviceFlag> {
    u8::try_from(number).ok().map(DeviceFlag::from)
}

fn check_uid(uid: &str) -> Result<(), ProvisionError> {
    if uid.is_empty() {
        return Err(ProvisionError::EmptyUid);
    }
    if uid.contains(RESERVED) {
        return Err(ProvisionError::ReservedInUid);
    }
    if has_control(uid) {
        return Err(ProvisionError::InvalidUid);
    }
    Ok(())
}

const fn check_len(member: &'static str, value: &str, max: usize) -> Result<(), ProvisionError> {
    match value.len() {
        len if len > max => Err(ProvisionError::TooLong { member, len, max }),
        _ => Ok(()),
    }
}
