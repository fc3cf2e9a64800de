//! Which of a user's sessions a new one displaces.

use crate::device::{DeviceFlag, DeviceLevel};

/// What happens to an existing session of the same user when a new one is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Displacement {
    /// The session continues.
    Keep,
    /// The session is closed without a message. The same device has reconnected, and would mistake
    /// a kick for its own logout.
    Close,
    /// The session gets a DISCONNECT with reason 12
    /// ([`ConnectKick`](crate::frame::ReasonCode::ConnectKick)) and is closed. Another device has
    /// taken its place.
    Kick,
}

/// Decides what happens to one existing session when its user connects again. Sessions are told
/// apart by device flag and device id.
///
/// A new session closes the previous session of the same device. If its level is master, it also
/// kicks the other devices with its flag. Sessions with other flags continue.
///
/// An empty device id names no device, so two of them never count as the same device. WuKongIM
/// treats two clients without an id as one device and closes the first without a message; its SDK
/// reconnects and closes the second in the same way, and so on forever.
///
/// ```
/// use wukongim_auth::device::{Displacement, displacement};
/// use wukongim_auth::{DeviceFlag, DeviceLevel};
///
/// let new = (DeviceFlag::Web, "browser-2");
/// let old = (DeviceFlag::Web, "browser-1");
/// assert_eq!(displacement(new, DeviceLevel::Master, old), Displacement::Kick);
/// assert_eq!(displacement(new, DeviceLevel::Slave, old), Displacement::Keep);
/// assert_eq!(displacement(new, DeviceLevel::Slave, new), Displacement::Close);
/// ```
#[must_use]
pub fn displacement(
    new: (DeviceFlag, &str),
    new_level: DeviceLevel,
    existing: (DeviceFlag, &str),
) -> Displacement {
    let same_flag = new.0 == existing.0;
    let same_device = new.1 == existing.1 && !new.1.is_empty();
    match (same_flag, same_device, new_level) {
        (false, _, _) => Displacement::Keep,
        (true, true, _) => Displacement::Close,
        (true, false, DeviceLevel::Master) => Displacement::Kick,
        (true, false, DeviceLevel::Slave) => Displacement::Keep,
    }
}
