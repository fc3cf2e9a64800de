//! Every combination of flag, device id and level.

use wukongim_auth::device::{Displacement, displacement};
use wukongim_auth::{DeviceFlag, DeviceLevel};

#[test]
fn every_pair_of_sessions_has_its_displacement() {
    use DeviceFlag::{App, Web};
    use DeviceLevel::{Master, Slave};
    use Displacement::{Close, Keep, Kick};

    struct Case {
        existing: (DeviceFlag, &'static str),
        by_slave: Displacement,
        by_master: Displacement,
    }
    let new = (Web, "browser");
    let cases = [
        Case {
            existing: (Web, "browser"),
            by_slave: Close,
            by_master: Close,
        },
        Case {
            existing: (Web, "other"),
            by_slave: Keep,
            by_master: Kick,
        },
        Case {
            existing: (Web, ""),
            by_slave: Keep,
            by_master: Kick,
        },
        Case {
            existing: (App, "browser"),
            by_slave: Keep,
            by_master: Keep,
        },
        Case {
            existing: (App, "other"),
            by_slave: Keep,
            by_master: Keep,
        },
        Case {
            existing: (DeviceFlag::from(1), "browser"),
            by_slave: Close,
            by_master: Close,
        },
    ];
    for Case {
        existing,
        by_slave,
        by_master,
    } in cases
    {
        assert_eq!(displacement(new, Slave, existing), by_slave, "{existing:?}");
        assert_eq!(
            displacement(new, Master, existing),
            by_master,
            "{existing:?}"
        );
    }
}

/// Nothing proves that two clients without a device id are the same device. If they were closed
/// without a message, each would reconnect and close the other.
#[test]
fn clients_without_a_device_id_are_never_one_device() {
    use DeviceFlag::{App, Web};
    use DeviceLevel::{Master, Slave};
    use Displacement::{Keep, Kick};

    let new = (App, "");
    for (existing, by_slave, by_master) in [
        ((App, ""), Keep, Kick),
        ((App, "phone"), Keep, Kick),
        ((Web, ""), Keep, Keep),
    ] {
        assert_eq!(displacement(new, Slave, existing), by_slave, "{existing:?}");
        assert_eq!(
            displacement(new, Master, existing),
            by_master,
            "{existing:?}"
        );
    }
}
