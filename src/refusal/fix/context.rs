//! The facts that a fix depends on, in any language.

use crate::credentials::{PeerFacts, Transport};
use crate::device::{DeviceFlag, DeviceFlags};
use crate::refusal::cause::Cause;

/// A cause, and the facts about the connection that make its fix more specific.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) cause: &'a Cause,
    pub(crate) device_flag: DeviceFlag,
    pub(crate) facts: PeerFacts,
}

impl Context<'_> {
    /// Returns whether this is probably the JS SDK configured with the wrong number: a client that
    /// claims to be APP over a WebSocket, with a token for WEB. EasySDKs use WebSockets too, so the
    /// fix mentions both cases.
    pub(super) fn may_be_js_sdk_with_flag_0(&self, issued_for: DeviceFlags) -> bool {
        self.facts.transport == Some(Transport::WebSocket)
            && !self.facts.device_flag_missing
            && self.device_flag == DeviceFlag::App
            && issued_for.contains(DeviceFlag::Web)
    }
}
