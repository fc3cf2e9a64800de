//! Structured events for your log (feature `tracing`): one for each answer.
//!
//! The target is `wukongim_auth::handshake`. Text from the peer is escaped and recorded as a
//! string, so that a text log quotes it and a peer cannot inject fields of its own. No token is
//! recorded. Without the feature, none of this is compiled.

#[cfg(feature = "tracing")]
pub(crate) use events::{answered, refused};
#[cfg(not(feature = "tracing"))]
pub(crate) use silence::{answered, refused};

#[cfg(feature = "tracing")]
mod events {
    use alloc::string::ToString;

    use tracing::{debug, warn};

    use crate::escape::Escaped;
    use crate::handshake::{Handshake, HandshakeError, Session};
    use crate::wire::ReasonCode;

    const TARGET: &str = "wukongim_auth::handshake";

    /// Reports an answer. The event of the verification already says why a client was not verified,
    /// so that case is only a debug event here.
    pub(crate) fn answered(handshake: &Handshake<'_>, outcome: &Result<Session, HandshakeError>) {
        let (peer_uid, peer_flag) = handshake.0.peer();
        match outcome {
            Ok(session) => debug!(
                target: TARGET,
                uid = Escaped(peer_uid).to_string().as_str(),
                device_flag = %peer_flag,
                version = session.version(),
                protocol = ?session.protocol(),
                "handshake ok",
            ),
            Err(HandshakeError::NotVerified(error)) => debug!(
                target: TARGET,
                uid = Escaped(peer_uid).to_string().as_str(),
                device_flag = %peer_flag,
                label = error.label(),
                "handshake fail",
            ),
            Err(HandshakeError::NotAccepted {
                uid,
                device_flag,
                error,
            }) => warn!(
                target: TARGET,
                uid = Escaped(uid).to_string().as_str(),
                device_flag = %device_flag,
                label = error.label(),
                reason = error.to_string().as_str(),
                fix = error.fix().to_string().as_str(),
                "handshake fail",
            ),
        }
    }

    /// Reports a refusal for a reason of your own.
    pub(crate) fn refused(handshake: &Handshake<'_>, reason: ReasonCode) {
        let (uid, device_flag) = handshake.0.peer();
        debug!(
            target: TARGET,
            uid = Escaped(uid).to_string().as_str(),
            device_flag = %device_flag,
            reason_code = reason.wire(),
            "handshake refused",
        );
    }
}

#[cfg(not(feature = "tracing"))]
mod silence {
    use crate::handshake::{Handshake, HandshakeError, Session};
    use crate::wire::ReasonCode;

    pub(crate) const fn answered(_: &Handshake<'_>, _: &Result<Session, HandshakeError>) {}

    pub(crate) const fn refused(_: &Handshake<'_>, _: ReasonCode) {}
}
