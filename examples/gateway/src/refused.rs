//! Counts connections that end before their client could be verified, also for the log's sums.

use std::fmt::Display;
use std::net::SocketAddr;

use tracing::debug;

use crate::gateway::Gateway;

/// Reports one, with a label from a bounded set: there are too many of them for a line each.
pub fn refused(gateway: &Gateway, peer: SocketAddr, kind: &'static str, reason: impl Display) {
    gateway.metrics.refused(kind);
    debug!(%peer, label = kind, "no client: {reason}");
}
