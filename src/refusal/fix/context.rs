//! What a fix is about, whatever the language.

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
    /// A client that says APP over a WebSocket, with a token for WEB, is most often the JS SDK
    /// configured with the wrong number. EasySDKs come over WebSockets too: the fix leaves room.
    pub(super) fn may_be_js_sdk_with_flag_0(&self, issued_for: DeviceFlags) -> bool {
        self.facts.transport == Some(Transport::WebSocket)
            && !self.facts.device_flag_missing
            && self.device_flag == DeviceFlag::App
            && issued_for.contains(DeviceFlag::Web)
    }
}
