//! A client that is rejected: answered first, then counted and explained.

use std::error::Error;
use std::net::SocketAddr;

use tracing::warn;
use wukongim_auth::HandshakeError;
use wukongim_auth::session::Protocol;
use wukongim_serving::metrics::Metrics;

use crate::deadline::Prompt;
use crate::gateway::Gateway;
use crate::transport::{Connection, send_now};

/// What is known of it.
pub struct Rejected {
    pub address: SocketAddr,
    pub protocol: Protocol,
    pub reply: Vec<u8>,
    pub error: HandshakeError,
}

/// Answers first. The diagnosis asks the store again, and its cause is for our log alone.
pub async fn reject(gateway: &Gateway, mut connection: impl Connection, rejected: Rejected) {
    let Rejected {
        address,
        protocol,
        reply,
        error,
    } = rejected;
    let mut outcome = Outcome {
        metrics: &gateway.metrics,
        label: error.label(),
    };
    // It is empty if the store failed: closing makes SDKs retry.
    if !reply.is_empty() {
        let _ = send_now(&mut connection, protocol, reply).await;
    }
    connection.close().await;
    match error {
        // The crate reports why, with the fix (its feature `tracing`).
        HandshakeError::NotVerified(error) => {
            let store = Prompt(&gateway.store);
            let error = gateway.verifier.diagnose_async(&store, error).await;
            outcome.label = error.label();
            // Without the words of the database's driver, which may contain anything; ours do not.
            if let Some(fault) = error.source() {
                gateway.metrics.store_failure("lookup");
                warn!(peer = %address, label = error.label(), "store failure: {fault}");
            }
        }
        // Its own report does not know from where: see `main`.
        HandshakeError::NotAccepted {
            uid,
            device_flag,
            error,
        } => warn!(
            peer = %address,
            uid,
            %device_flag,
            label = error.label(),
            reason = error.to_string(),
            fix = error.fix().to_string(),
            "handshake fail",
        ),
        error => warn!(peer = %address, label = outcome.label, "handshake fail: {error}"),
    }
}

/// Counts a rejection at its end, by the cause that is known by then: also if another took the
/// connection's place while it was being diagnosed.
struct Outcome<'a> {
    metrics: &'a Metrics,
    label: &'static str,
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        self.metrics.handshake(self.label);
    }
}
