//! The line of a rejection. Its fields are those of the crate's own event, so that `wukongim-doctor` reads
//! it.

use std::error::Error;
use std::net::SocketAddr;

use tracing::{error, warn};
use wukongim_auth::compare::Secret;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::{DeviceFlag, DeviceLevel, HandshakeError, VerifyError};

use crate::peer_text::PeerText;

const TARGET: &str = "wukongim_serving::rejection";

/// What is known of a rejection.
pub struct Line {
    pub label: &'static str,
    /// Whether the diagnosis is complete: then `label` is the root cause, not just the verdict's.
    pub diagnosed: bool,
    reason: String,
    fix: String,
    who: Who,
}

enum Who {
    NotVerified(Box<Claim>),
    /// The client was verified, but not accepted.
    NotAccepted {
        uid: Option<String>,
        device_flag: Option<DeviceFlag>,
    },
}

/// What the client said of itself, and how that was compared.
struct Claim {
    uid: String,
    device_flag: DeviceFlag,
    device_level: Option<DeviceLevel>,
    device_id: String,
    expect_token: Option<String>,
    act_token: String,
    /// The store's own message. These stores' messages contain no token; those of other stores may.
    store_error: Option<String>,
    device_flag_missing: bool,
    transport: Option<Transport>,
}

impl Line {
    pub fn of(error: &HandshakeError) -> Self {
        let (reason, who) = match error {
            HandshakeError::NotVerified(error) => {
                let claim = Box::new(Claim::of(error));
                (error.cause().to_string(), Who::NotVerified(claim))
            }
            HandshakeError::NotAccepted {
                uid,
                device_flag,
                error,
            } => {
                let who = Who::NotAccepted {
                    uid: Some(PeerText(uid).to_string()),
                    device_flag: Some(*device_flag),
                };
                (error.to_string(), who)
            }
            error => {
                let who = Who::NotAccepted {
                    uid: None,
                    device_flag: None,
                };
                (error.to_string(), who)
            }
        };
        Line {
            label: error.label(),
            diagnosed: false,
            reason,
            fix: error.fix().to_string(),
            who,
        }
    }

    pub fn write(&self, peer: SocketAddr, let_through: Option<bool>) {
        match &self.who {
            Who::NotVerified(claim) => self.not_verified(claim, peer, let_through),
            Who::NotAccepted { uid, device_flag } => warn!(
                target: TARGET,
                %peer,
                uid,
                device_flag = device_flag.map(display),
                label = self.label,
                reason = self.reason,
                fix = self.fix,
                let_through,
                "handshake fail",
            ),
        }
    }

    /// A store that fails needs immediate attention; a client that is rejected does not.
    fn not_verified(&self, claim: &Claim, peer: SocketAddr, let_through: Option<bool>) {
        // A macro, because an event's level must be a constant.
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    uid = claim.uid,
                    device_flag = %claim.device_flag,
                    device_level = claim.device_level.map(display),
                    device_id = claim.device_id,
                    expect_token = claim.expect_token,
                    act_token = claim.act_token,
                    label = self.label,
                    cause = self.label,
                    reason = self.reason,
                    store_error = claim.store_error,
                    fix = self.fix,
                    device_flag_missing = claim.device_flag_missing,
                    transport = claim.transport.map(display),
                    %peer,
                    let_through,
                    diagnosed = self.diagnosed,
                    "token verify fail",
                )
            };
        }
        match claim.store_error {
            Some(_) => line!(error),
            None => line!(warn),
        }
    }
}

impl Claim {
    fn of(error: &VerifyError) -> Self {
        let facts = error.facts();
        Claim {
            uid: PeerText(error.uid()).to_string(),
            device_flag: error.device_flag(),
            device_level: error.device_level(),
            device_id: PeerText(error.device_id()).to_string(),
            expect_token: error.expected_token().map(Secret::to_string),
            act_token: error.actual_token().to_string(),
            store_error: error.source().map(<dyn Error>::to_string),
            device_flag_missing: facts.device_flag_missing,
            transport: facts.transport,
        }
    }
}
