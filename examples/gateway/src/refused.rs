//! Connections that end before their client could be verified: counted, and for the log's own counts.

use std::fmt::Display;
use std::net::SocketAddr;

use tracing::debug;

use crate::gateway::Gateway;

/// Reports one, under a word of a bounded set: they are too many, and too common, for a line each.
pub fn refused(gateway: &Gateway, peer: SocketAddr, kind: &'static str, reason: impl Display) {
    gateway.metrics.refused(kind);
    debug!(%peer, label = kind, "no client: {reason}");
}
