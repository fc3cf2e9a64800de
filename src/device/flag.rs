//! The kind of device that a client claims to be.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The device flag of a connection: one byte in CONNECT, and half of the key under which a token is
/// registered. `Display` writes the name, or the number if the flag has no name.
///
/// A token is valid only for the flag that it was issued for. Mixing up [`App`] and [`Web`] is the
/// most common reason for `token verify fail`.
///
/// ```
/// use wukongim_auth::DeviceFlag;
///
/// assert_eq!(DeviceFlag::from(1), DeviceFlag::Web);
/// assert_eq!(u8::from(DeviceFlag::System), 99);
/// assert_eq!(DeviceFlag::from(4).to_string(), "4");
/// ```
///
/// [`App`]: DeviceFlag::App
/// [`Web`]: DeviceFlag::Web
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceFlag {
    /// 0: the native SDKs (Android, iOS, HarmonyOS, Flutter, Go).
    App,
    /// 1: the JavaScript SDKs.
    Web,
    /// 2: desktop clients, and several EasySDKs by default.
    Pc,
    /// 99: the server's own system device.
    System,
    /// Any other number, for kinds of devices that a deployment defines. WuKongIM accepts every
    /// byte.
    Custom(CustomFlag),
}

/// The number of a [`DeviceFlag`] without a name. It cannot hold the number of a named flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CustomFlag(u8);

impl DeviceFlag {
    /// The number on the wire.
    pub(crate) const fn wire(self) -> u8 {
        match self {
            DeviceFlag::App => 0,
            DeviceFlag::Web => 1,
            DeviceFlag::Pc => 2,
            DeviceFlag::System => 99,
            DeviceFlag::Custom(CustomFlag(number)) => number,
        }
    }
}

/// A flag as number and name, `1 (WEB)`, or as the number alone if it has no name.
pub(crate) struct Numbered(pub(crate) DeviceFlag);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DeviceFlag::Custom(CustomFlag(number)) => number.fmt(f),
            named => write!(f, "{} ({named})", named.wire()),
        }
    }
}

impl From<u8> for DeviceFlag {
    fn from(number: u8) -> Self {
        match number {
            0 => DeviceFlag::App,
            1 => DeviceFlag::Web,
            2 => DeviceFlag::Pc,
            99 => DeviceFlag::System,
            other => DeviceFlag::Custom(CustomFlag(other)),
        }
    }
}

impl From<DeviceFlag> for u8 {
    fn from(flag: DeviceFlag) -> Self {
        flag.wire()
    }
}

impl fmt::Display for DeviceFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceFlag::App => f.pad("APP"),
            DeviceFlag::Web => f.pad("WEB"),
            DeviceFlag::Pc => f.pad("PC"),
            DeviceFlag::System => f.pad("SYSTEM"),
            DeviceFlag::Custom(CustomFlag(number)) => number.fmt(f),
        }
    }
}

/// Serialises as the number on the wire.
impl Serialize for DeviceFlag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.wire())
    }
}

impl<'de> Deserialize<'de> for DeviceFlag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(DeviceFlag::from)
    }
}
