//! The rank of sessions on the same kind of device.

use core::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The rank of a session among those with the same device flag: a master displaces the others,
/// slaves coexist.
///
/// ```
/// use wukongim_auth::DeviceLevel;
///
/// assert_eq!(DeviceLevel::default(), DeviceLevel::Slave);
/// assert_eq!(u8::from(DeviceLevel::Master), 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceLevel {
    /// 0 on the wire.
    #[default]
    Slave,
    /// 1 on the wire.
    Master,
}

impl DeviceLevel {
    /// The level with this number, or `None` if there is none.
    ///
    /// ```
    /// use wukongim_auth::DeviceLevel;
    ///
    /// assert_eq!(DeviceLevel::from_wire(1), Some(DeviceLevel::Master));
    /// assert_eq!(DeviceLevel::from_wire(2), None);
    /// ```
    #[must_use]
    pub const fn from_wire(number: u8) -> Option<Self> {
        match number {
            0 => Some(DeviceLevel::Slave),
            1 => Some(DeviceLevel::Master),
            _ => None,
        }
    }

    /// The number on the wire.
    pub(crate) const fn wire(self) -> u8 {
        match self {
            DeviceLevel::Slave => 0,
            DeviceLevel::Master => 1,
        }
    }
}

impl From<DeviceLevel> for u8 {
    fn from(level: DeviceLevel) -> Self {
        level.wire()
    }
}

impl fmt::Display for DeviceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            DeviceLevel::Slave => "Slave",
            DeviceLevel::Master => "Master",
        })
    }
}

/// Serialises as the number on the wire.
impl Serialize for DeviceLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.wire())
    }
}

impl<'de> Deserialize<'de> for DeviceLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let unknown = || D::Error::custom("a device level is 0 (slave) or 1 (master)");
        DeviceLevel::from_wire(number).ok_or_else(unknown)
    }
}
