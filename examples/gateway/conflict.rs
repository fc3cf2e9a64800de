//! Which of a user's sessions has to go when a new one comes: a pure decision.

use wukongim_auth::{DeviceFlag, DeviceLevel};

/// What the decision is made from.
#[derive(Clone, Copy)]
pub struct Device<'a> {
    pub flag: DeviceFlag,
    pub id: &'a str,
}

/// What becomes of a session when another comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They have nothing to do with each other.
    Stays,
    /// The same device came back: the old connection is of no use, and closed without a word.
    Closed,
    /// Another device takes over: this one is told, so that its SDK does not come back.
    Kicked,
}

/// What the new session, of the given level, means for an existing one of the same user.
pub fn fate(existing: Device<'_>, new: Device<'_>, new_level: DeviceLevel) -> Fate {
    if existing.flag != new.flag {
        return Fate::Stays;
    }
    match new_level {
        _ if existing.id == new.id => Fate::Closed,
        DeviceLevel::Master => Fate::Kicked,
        _ => Fate::Stays,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_by_flag_device_and_level() {
        struct Case {
            existing: (DeviceFlag, &'static str),
            level: DeviceLevel,
            fate: Fate,
        }
        // The new session is always that of device "d" under APP.
        let case = |flag, id, level, fate| Case {
            existing: (flag, id),
            level,
            fate,
        };
        for case in [
            case(DeviceFlag::App, "d", DeviceLevel::Slave, Fate::Closed),
            case(DeviceFlag::App, "d", DeviceLevel::Master, Fate::Closed),
            case(DeviceFlag::App, "e", DeviceLevel::Slave, Fate::Stays),
            case(DeviceFlag::App, "e", DeviceLevel::Master, Fate::Kicked),
            case(DeviceFlag::Web, "d", DeviceLevel::Slave, Fate::Stays),
            case(DeviceFlag::Web, "d", DeviceLevel::Master, Fate::Stays),
            case(DeviceFlag::Web, "e", DeviceLevel::Master, Fate::Stays),
        ] {
            let (flag, id) = case.existing;
            let new = Device {
                flag: DeviceFlag::App,
                id: "d",
            };
            let found = fate(Device { flag, id }, new, case.level);
            assert_eq!(found, case.fate, "{:?} {:?}", case.existing, case.level);
        }
    }
}
