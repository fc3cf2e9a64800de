//! Counters and gauges in the format that Prometheus reads (`GET /metrics`).
//!
//! Every value of a label is a word of a bounded set, and none comes from a peer: no uid, no
//! address, no path as received. So the number of values is bounded, and the page contains no
//! secret.

use std::borrow::Cow;
use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The content type of a [page](Metrics::page).
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The outcome of a handshake that succeeded; that of others is the error's label.
pub const OK: &str = "ok";

/// Counters by the values of their labels.
pub type By<const LABELS: usize> = Family<[(&'static str, Cow<'static, str>); LABELS], Counter>;

/// The counts of a server since its start.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    connections: By<1>,
    refused: By<1>,
    handshakes: By<1>,
    kicks: By<1>,
    store_failures: By<1>,
    manager_requests: By<2>,
    manager_refusals: By<1>,
    sessions: Gauge,
    unauthenticated: Gauge,
}

/// Values at this moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    pub sessions: usize,
    pub unauthenticated: usize,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("wukongim");
        let mut by = |name, help| registered(&mut registry, name, help);
        let connections = by("connections", "Connections accepted, by transport");
        let refused = by(
            "refused_connections",
            "Connections closed before a client could be verified, by kind",
        );
        let handshakes = by("handshakes", "Requests to connect, by outcome");
        let kicks = by("kicks", "Sessions ended with a kick, by reason");
        let store_failures = by("store_failures", "Failures of the store, by operation");
        let manager_requests = registered(
            &mut registry,
            "manager_requests",
            "Requests to the manager port, by endpoint and status",
        );
        let manager_refusals = registered(
            &mut registry,
            "manager_refusals",
            "Requests to the manager port refused before an endpoint saw them, by kind",
        );
        let (sessions, unauthenticated) = (Gauge::default(), Gauge::default());
        let help = "Sessions, those included that are being verified";
        registry.register("sessions", help, sessions.clone());
        let help = "Connections that have not authenticated";
        registry.register("unauthenticated_connections", help, unauthenticated.clone());
        Metrics {
            registry,
            connections,
            refused,
            handshakes,
            kicks,
            store_failures,
            manager_requests,
            manager_refusals,
            sessions,
            unauthenticated,
        }
    }

    /// Counters of a single program, listed after those that all programs have.
    pub fn register<const N: usize>(&mut self, name: &'static str, help: &'static str) -> By<N> {
        registered(&mut self.registry, name, help)
    }

    /// A connection was accepted.
    pub fn connection(&self, transport: &'static str) {
        count(&self.connections, [("transport", transport.into())]);
    }

    /// A connection was closed before its client could be verified.
    pub fn refused(&self, kind: &'static str) {
        count(&self.refused, [("kind", kind.into())]);
    }

    /// A request to connect was answered: [`OK`], or the label of the error.
    pub fn handshake(&self, outcome: &'static str) {
        count(&self.handshakes, [("outcome", outcome.into())]);
    }

    /// A client was kicked, for one of the server's own reasons.
    pub fn kick(&self, reason: &'static str) {
        count(&self.kicks, [("reason", reason.into())]);
    }

    /// The store could not be read or written.
    pub fn store_failure(&self, operation: &'static str) {
        count(&self.store_failures, [("operation", operation.into())]);
    }

    /// A request to the manager port was answered.
    pub fn manager_request(&self, endpoint: &'static str, status: http::StatusCode) {
        let status = status.as_str().to_owned().into();
        let labels = [("endpoint", endpoint.into()), ("status", status)];
        count(&self.manager_requests, labels);
    }

    /// A connection or a request to the manager port was refused before an endpoint saw it.
    pub fn manager_refused(&self, kind: &'static str) {
        count(&self.manager_refusals, [("kind", kind.into())]);
    }

    /// The page that Prometheus reads.
    ///
    /// # Errors
    /// If it cannot be formatted; none of the metrics here fails at that.
    pub fn page(&self, now: Now) -> Result<String, fmt::Error> {
        set(&self.sessions, now.sessions);
        set(&self.unauthenticated, now.unauthenticated);
        let mut page = String::new();
        encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

fn registered<const N: usize>(
    registry: &mut Registry,
    name: &'static str,
    help: &'static str,
) -> By<N> {
    let family = By::default();
    registry.register(name, help, family.clone());
    family
}

/// Adds one. Every value must be a word of a bounded set.
pub fn count<const N: usize>(by: &By<N>, labels: [(&'static str, Cow<'static, str>); N]) {
    by.get_or_create(&labels).inc();
}

fn set(gauge: &Gauge, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs;

    /// The name of its samples.
    fn names(page: &str) -> Vec<String> {
        let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let types = types.filter_map(|line| line.split_once(' '));
        let suffix = |kind| if kind == "counter" { "_total" } else { "" };
        types
            .map(|(name, kind)| format!("{name}{}", suffix(kind)))
            .collect()
    }

    fn names_in_docs(page: &str) -> Vec<String> {
        let mut names = docs::first_of_three(page);
        names.retain(|name| name.starts_with("wukongim_"));
        names
    }

    #[test]
    fn a_page_has_every_count_once() {
        let metrics = Metrics::new();
        metrics.connection("tcp");
        metrics.connection("tcp");
        metrics.refused("silent");
        metrics.handshake(OK);
        metrics.handshake("mismatch");
        metrics.kick("the token was revoked");
        metrics.store_failure("lookup");
        metrics.manager_request("/user/token", http::StatusCode::OK);
        metrics.manager_refused("cross_site");
        let now = Now {
            sessions: 3,
            unauthenticated: 2,
        };
        let page = metrics.page(now).unwrap();
        assert_eq!(names(&page), names_in_docs("labels-and-events.md"));
        assert_eq!(names(&page), names_in_docs("labels-and-events.zh-CN.md"));
        for line in [
            "# TYPE wukongim_connections counter",
            r#"wukongim_connections_total{transport="tcp"} 2"#,
            r#"wukongim_refused_connections_total{kind="silent"} 1"#,
            r#"wukongim_handshakes_total{outcome="ok"} 1"#,
            r#"wukongim_handshakes_total{outcome="mismatch"} 1"#,
            r#"wukongim_kicks_total{reason="the token was revoked"} 1"#,
            r#"wukongim_store_failures_total{operation="lookup"} 1"#,
            r#"wukongim_manager_requests_total{endpoint="/user/token",status="200"} 1"#,
            r#"wukongim_manager_refusals_total{kind="cross_site"} 1"#,
            "# TYPE wukongim_sessions gauge",
            "wukongim_sessions 3",
            "wukongim_unauthenticated_connections 2",
            "# EOF",
        ] {
            let lines = page.lines().filter(|found| *found == line);
            assert_eq!(lines.count(), 1, "{line}\n{page}");
        }
    }
}
