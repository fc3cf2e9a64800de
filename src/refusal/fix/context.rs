//! What a fix is about, whatever the language.

use core::fmt;

use crate::credentials::{PeerFacts, Transport};
use crate::device::{DeviceFlag, DeviceFlags};
use crate::refusal::cause::Cause;

/// A cause, and what of the connection makes its fix more exact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) cause: &'a Cause,
    pub(crate) device_flag: DeviceFlag,
    pub(crate) facts: PeerFacts,
}

impl Context<'_> {
    /// A client that says APP over a WebSocket, where the token is one for WEB, is most often the JS
    /// SDK configured with the wrong number. EasySDKs come over WebSockets too: the fix leaves room.
    pub(super) fn may_be_js_sdk_with_flag_0(&self, issued_for: DeviceFlags) -> bool {
        self.facts.transport == Some(Transport::WebSocket)
            && !self.facts.device_flag_missing
            && self.device_flag == DeviceFlag::App
            && issued_for.contains(DeviceFlag::Web)
    }
}

/// `1 (WEB)`, the number first: it is what goes into the field.
pub(super) struct Number(pub(super) DeviceFlag);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = DeviceFlag::from(self.0.wire());
        write!(f, "{} ({flag})", flag.wire())
    }
}

/// `0 (APP) or 1 (WEB)`.
pub(super) struct Numbers(pub(super) DeviceFlags, pub(super) &'static str);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, flag)| {
            let between = if index > 0 { self.1 } else { "" };
            write!(f, "{between}{}", Number(flag))
        })
    }
}
