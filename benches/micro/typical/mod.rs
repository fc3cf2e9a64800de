//! The CONNECT of ordinary size that figures are given for: 165 bytes.

use std::hint::black_box;
use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::Connect;

pub const UID: &str = "0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
pub const DEVICE_ID: &str = "4f1b0c9d-7e6a-4c58-9b0e-2d1f3a5c7e90";
pub const CLIENT_KEY: &str = "lDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";

pub fn connect() -> Connect<'static> {
    let mut connect = Connect::new(4, UID, DeviceFlag::Web, TOKEN);
    connect.device_id = DEVICE_ID;
    connect.client_timestamp = 1_700_000_000_000;
    connect.client_key = CLIENT_KEY;
    connect
}

/// Ends a measured round with its result used and dropped in it. If results were returned to the
/// harness, it would keep them until after the measurement, and storing them costs more than what
/// is measured.
pub fn finish<T>(result: T) {
    black_box(&result);
}
