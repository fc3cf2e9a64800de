//! The business server's side: requests that register and clear tokens.
//!
//! Shapes and refusals are upstream's (PROTOCOL §7); the HTTP around them is the host's.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Deserialize;

use crate::credentials::uid_rules::{RESERVED, SYSTEM_ACCOUNT, has_control};
use crate::device::{DeviceFlag, DeviceFlags, DeviceLevel, UnknownDeviceLevel};
use crate::escape::Quoted;
use crate::store::record::TokenRecord;
use crate::token::{PresentedToken, Token};

/// The body of `POST /user/token`: `{"uid","token","device_flag","device_level"}`. A number that
/// is left out is 0.
///
/// ```
/// use wukongim_auth::{IssueTokenRequest, MemoryStore};
///
/// let body = r#"{"uid":"alice","token":"s3cret","device_flag":1,"device_level":1}"#;
/// let request: IssueTokenRequest = serde_json::from_str(body)?;
/// let issued = request.into_record()?;
///
/// let store = MemoryStore::new();
/// store.insert(&issued.uid, issued.device_flag, issued.record);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Deserialize)]
pub struct IssueTokenRequest {
    #[serde(default)]
    uid: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    device_flag: u8,
    #[serde(default)]
    device_level: u8,
}

/// A registration: what to keep, and under which key.
#[derive(Clone)]
#[non_exhaustive]
pub struct Registration {
    /// The user.
    pub uid: String,
    /// The kind of device.
    pub device_flag: DeviceFlag,
    /// What to keep in place of what is there.
    pub record: TokenRecord,
}

impl IssueTokenRequest {
    /// The registration that is asked for. A level of master displaces the user's sessions of the
    /// same flag.
    ///
    /// # Errors
    /// [`ProvisionError`] for what upstream refuses: answer with its text as `msg` and status 400.
    /// A blank token and a uid with control characters are refused too, since no client could ever
    /// connect with them. A device flag that no client uses is taken, as upstream takes it; a client
    /// that connects with it is refused.
    pub fn into_record(self) -> Result<Registration, ProvisionError> {
        check_uid(&self.uid)?;
        if self.token.chars().all(char::is_whitespace) {
            return Err(ProvisionError::EmptyToken);
        }
        if self.uid == SYSTEM_ACCOUNT {
            return Err(ProvisionError::SystemAccount);
        }
        let device_level = DeviceLevel::try_from(self.device_level)?;
        let record = TokenRecord::issue(Token::new(&self.token), device_level);
        Ok(Registration {
            uid: self.uid,
            device_flag: self.device_flag.into(),
            record,
        })
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

/// The body of `POST /user/device_quit`: `{"uid","device_flag"}`. A flag of −1 means APP, WEB and
/// PC at once.
///
/// ```
/// use wukongim_auth::{DeviceFlags, DeviceQuitRequest};
///
/// let request: DeviceQuitRequest = serde_json::from_str(r#"{"uid":"alice","device_flag":-1}"#)?;
/// let (uid, flags) = request.into_flags()?;
/// assert_eq!((uid.as_str(), flags), ("alice", DeviceFlags::CLIENTS.iter().collect::<Vec<_>>()));
/// // For each flag: revoke the record, close the sessions.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Deserialize)]
pub struct DeviceQuitRequest {
    #[serde(default)]
    uid: String,
    #[serde(default)]
    device_flag: i64,
}

impl DeviceQuitRequest {
    /// Whose tokens to revoke, and for which flags.
    ///
    /// # Errors
    /// [`ProvisionError::EmptyUid`], and [`ProvisionError::DeviceFlag`] for a flag that is neither
    /// −1 nor a byte.
    pub fn into_flags(self) -> Result<(String, Vec<DeviceFlag>), ProvisionError> {
        if self.uid.is_empty() {
            return Err(ProvisionError::EmptyUid);
        }
        let flags = match (self.device_flag, u8::try_from(self.device_flag)) {
            (-1, _) => DeviceFlags::CLIENTS.iter().collect::<Vec<_>>(),
            (_, Ok(number)) => Vec::from([DeviceFlag::from(number)]),
            (number, Err(_)) => return Err(ProvisionError::DeviceFlag(number)),
        };
        Ok((self.uid, flags))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("uid", &Quoted(&self.uid))
            .field("device_flag", &self.device_flag)
            .field("record", &self.record)
            .finish()
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

/// A request that registers or clears nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// No uid.
    #[error("uid must not be empty")]
    EmptyUid,
    /// A uid with `@`, `#` or `&`.
    #[error("uid must not contain @, # or &")]
    ReservedInUid,
    /// A uid with control characters.
    #[error("uid must not contain control characters")]
    InvalidUid,
    /// No token, or a blank one.
    #[error("token must not be empty")]
    EmptyToken,
    /// The system account's token cannot be set.
    #[error("the system account has no token to be set")]
    SystemAccount,
    /// A device flag that is no byte.
    #[error("device_flag {0} is neither -1 nor 0 to 255")]
    DeviceFlag(i64),
    /// A device level that is neither 0 nor 1.
    #[error(transparent)]
    DeviceLevel(#[from] UnknownDeviceLevel),
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
