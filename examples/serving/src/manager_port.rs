//! What is refused on the port of the business server, and under which word.

use std::fmt::Display;
use std::net::SocketAddr;

use tracing::debug;

use crate::metrics::Metrics;
use crate::refusal_kind;

/// Tells of a connection that brought no whole request: counted, and for the log's own counts.
pub fn no_request(metrics: &Metrics, peer: SocketAddr, kind: &'static str, reason: impl Display) {
    metrics.manager_refused(kind);
    debug!(%peer, label = kind, "no request: {reason}");
}

/// A word for what ended a connection.
pub fn kind(error: &hyper::Error) -> &'static str {
    match () {
        () if error.is_parse_too_large() => refusal_kind::TOO_LARGE,
        () if error.is_parse() => refusal_kind::MALFORMED_HTTP,
        () if error.is_timeout() => refusal_kind::SILENT,
        () => refusal_kind::GONE,
    }
}
