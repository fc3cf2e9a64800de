//! Which of a user's sessions a new one displaces.

use crate::device::{DeviceFlag, DeviceLevel};

/// What becomes of an existing session of the same user when a new one is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Displacement {
    /// It goes on.
    Keep,
    /// It is closed without a word: the same device has connected again, and would take a kick
    /// for its own end.
    Close,
    /// It is told with DISCONNECT, reason 12
    /// ([`ConnectKick`](crate::frame::ReasonCode::ConnectKick)), then closed: another device has taken
    /// its place.
    Kick,
}

/// Decides over one existing session of the user that connects; pure. Sessions are told apart by
/// device flag and device id.
///
/// A new session closes the one that the same device had before. As a master it also kicks the
/// other devices of its flag. Sessions of other flags go on.
///
/// An empty device id names no device, so that it is never the same one. Upstream takes two clients
/// without an id for one device, and closes the first without a word; its SDK connects again and
/// closes the second in the same way, and so on for ever.
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
