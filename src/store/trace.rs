//! Structured events for your log (feature `tracing`): one for each request of the business server
//! that registers or revokes a token, with target `wukongim_auth::provision`.
//!
//! The requests emit them, because a record does not know whose token it holds. The uid is escaped,
//! the token is a fingerprint, and everything that may contain whitespace is recorded as a string.

#[cfg(feature = "tracing")]
pub(super) use events::{issue, revoke};

#[cfg(feature = "tracing")]
mod events {
    use alloc::string::ToString;

    use tracing::info;

    use crate::device::DeviceFlags;
    use crate::escape::Escaped;
    use crate::store::provision::Registration;

    const TARGET: &str = "wukongim_auth::provision";

    pub(crate) fn issue(registration: &Registration) {
        info!(
            target: TARGET,
            uid = Escaped(&registration.uid).to_string().as_str(),
            device_flag = %registration.device_flag,
            token = registration.record.secret().to_string().as_str(),
            "token issue",
        );
    }

    pub(crate) fn revoke(uid: &str, device_flags: DeviceFlags) {
        info!(
            target: TARGET,
            uid = Escaped(uid).to_string().as_str(),
            device_flags = device_flags.to_string().as_str(),
            "token revoke",
        );
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) const fn issue(_: &crate::store::Registration) {}

#[cfg(not(feature = "tracing"))]
pub(super) const fn revoke(_: &str, _: crate::device::DeviceFlags) {}
