//! A set of client device flags.

use core::fmt;

use crate::device::DeviceFlag;

/// Some of the client flags APP, WEB and PC; printed as `APP, WEB`.
///
/// ```
/// use wukongim_auth::{DeviceFlag, DeviceFlags};
///
/// let flags: DeviceFlags = [DeviceFlag::Pc, DeviceFlag::Web].into_iter().collect();
/// assert!(flags.contains(DeviceFlag::Web));
/// assert_eq!(flags.to_string(), "WEB, PC");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceFlags([bool; DeviceFlag::CLIENTS.len()]);

impl DeviceFlags {
    /// Whether the flag is in the set; never for one that is not a client's.
    #[must_use]
    pub fn contains(self, flag: DeviceFlag) -> bool {
        self.iter().any(|member| member == flag)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The members in wire order.
    pub fn iter(self) -> impl Iterator<Item = DeviceFlag> {
        DeviceFlag::CLIENTS
            .into_iter()
            .zip(self.0)
            .filter_map(|(flag, member)| member.then_some(flag))
    }
}

/// In the order of [`DeviceFlag::CLIENTS`].
impl From<[bool; DeviceFlag::CLIENTS.len()]> for DeviceFlags {
    fn from(members: [bool; DeviceFlag::CLIENTS.len()]) -> Self {
        DeviceFlags(members)
    }
}

/// Flags other than APP, WEB and PC are left out.
impl FromIterator<DeviceFlag> for DeviceFlags {
    fn from_iter<I: IntoIterator<Item = DeviceFlag>>(flags: I) -> Self {
        let mut set = DeviceFlags::default();
        for flag in flags {
            for (client, member) in DeviceFlag::CLIENTS.into_iter().zip(&mut set.0) {
                *member |= client == flag;
            }
        }
        set
    }
}

impl fmt::Display for DeviceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, flag) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            flag.fmt(f)?;
        }
        Ok(())
    }
}
