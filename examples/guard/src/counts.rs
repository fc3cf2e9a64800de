//! Counts that only a guard has, on its metrics page.

use wukongim_serving::metrics::{By, Metrics, count};

/// The outcome of a comparison that was made.
const DONE: &str = "ok";

/// Counts since the start.
pub struct Counts {
    comparisons: By<1>,
    past: By<1>,
    not_forwarded: By<1>,
}

/// Why a client that should have been forwarded is closed without an answer.
#[derive(Clone, Copy, Debug)]
pub enum NotForwarded {
    MaxSessions,
    Upstream,
}

impl NotForwarded {
    /// A word for metrics and the log.
    pub fn label(self) -> &'static str {
        match self {
            NotForwarded::MaxSessions => "max_sessions",
            NotForwarded::Upstream => "upstream",
        }
    }
}

impl Counts {
    pub fn new(metrics: &mut Metrics) -> Self {
        Counts {
            comparisons: metrics.register(
                "comparisons",
                "Comparisons with the server's tokens, by outcome",
            ),
            past: metrics.register(
                "changes_past_the_guard",
                "Changes that a comparison found, by kind",
            ),
            not_forwarded: metrics.register(
                "not_forwarded_connections",
                "Connections to be forwarded that were closed without an answer, by kind",
            ),
        }
    }

    /// Counts an attempt to read all of the server's tokens; `failure` says why it failed, if it
    /// did.
    pub fn comparison(&self, failure: Option<&'static str>) {
        let outcome = failure.unwrap_or(DONE);
        count(&self.comparisons, [("outcome", outcome.into())]);
    }

    /// Counts what was registered and cleared past the guard.
    pub fn past(&self, registered: u64, revoked: u64) {
        for (kind, times) in [("registered", registered), ("revoked", revoked)] {
            let of_kind = self.past.get_or_create(&[("kind", kind.into())]);
            of_kind.inc_by(times);
        }
    }

    pub fn not_forwarded(&self, why: NotForwarded) {
        count(&self.not_forwarded, [("kind", why.label().into())]);
    }
}

#[cfg(test)]
mod tests {
    use wukongim_serving::metrics::Now;

    use super::*;

    /// The first cells of the rows that begin with a metric.
    fn in_docs(page: &str) -> Vec<String> {
        let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `wukongim_"));
        let names = rows.filter_map(|row| row.split_once("_total` | "));
        names
            .map(|(name, _)| format!("wukongim_{name}_total"))
            .collect()
    }

    #[test]
    fn the_pages_list_every_count() {
        let mut metrics = Metrics::new();
        let counts = Counts::new(&mut metrics);
        counts.comparison(None);
        counts.comparison(Some("slow"));
        counts.past(2, 1);
        counts.not_forwarded(NotForwarded::Upstream);
        let page = metrics.page(Now::default()).unwrap();
        for line in [
            r#"wukongim_comparisons_total{outcome="ok"} 1"#,
            r#"wukongim_comparisons_total{outcome="slow"} 1"#,
            r#"wukongim_changes_past_the_guard_total{kind="registered"} 2"#,
            r#"wukongim_changes_past_the_guard_total{kind="revoked"} 1"#,
            r#"wukongim_not_forwarded_connections_total{kind="upstream"} 1"#,
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        for docs in ["guard.md", "guard.zh-CN.md"] {
            let expected = [
                "wukongim_comparisons_total",
                "wukongim_changes_past_the_guard_total",
                "wukongim_not_forwarded_connections_total",
            ];
            assert_eq!(in_docs(docs), expected, "{docs}");
        }
    }
}
