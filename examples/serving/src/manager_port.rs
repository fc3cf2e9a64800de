//! The refusals on the port of the business server, with their labels.

use std::fmt::Display;
use std::net::SocketAddr;

use tracing::debug;

use crate::metrics::Metrics;
use crate::refusal_kind;

/// Counts a connection without a complete request, also for the log's sums.
pub fn no_request(metrics: &Metrics, peer: SocketAddr, kind: &'static str, reason: impl Display) {
    metrics.manager_refused(kind);
    debug!(%peer, label = kind, "no request: {reason}");
}

/// The label for the end of a connection.
pub fn kind(error: &hyper::Error) -> &'static str {
    match () {
        () if error.is_parse_too_large() => refusal_kind::TOO_LARGE,
        () if error.is_parse() => refusal_kind::MALFORMED_HTTP,
        () if error.is_timeout() => refusal_kind::SILENT,
        () => refusal_kind::GONE,
    }
}
