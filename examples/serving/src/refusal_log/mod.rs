//! Refusals in the log: the first of an interval in full, and all others counted.
//!
//! A flood of refusals must not fill a disk, and refusals without a line must not go unnoticed. An
//! event with the fields `peer` and `label` reports a refusal. For each pair of them, the first few
//! refusals of an interval are written if the log's level allows it; for the rest, a line at the
//! end of the interval says how many there were:
//!
//! ```text
//! WARN wukongim_serving::refusal_log: refusals, summed up peer=192.0.2.1 label="mismatch" of="wukongim_serving::rejection" suppressed=11995
//! INFO wukongim_serving::refusal_log: refusals, summed up peer=2001:db8::/64 label="silent" of="wukongim_gateway::connection" suppressed=12
//! ```
//!
//! Events below the log's level are counted as well, so they show up at least in the sum of each
//! interval. The lines that were written and the sums add up to all refusals.

mod fields;
mod tally;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber, info, warn};
use tracing_subscriber::layer::{Context, Layer};

use fields::Fields;
use tally::{Kind, Tally};

pub use tally::Limits;

/// How often the counts are written.
pub const INTERVAL: Duration = Duration::from_secs(10);

/// The target of the sums, which are not sampled themselves.
const SUMS: &str = module_path!();

/// Decides what is written: a layer on top of the one that writes. Clones share their counts.
#[derive(Clone, Debug)]
pub struct RefusalLog {
    level: LevelFilter,
    tally: Arc<Mutex<Tally>>,
}

impl RefusalLog {
    /// Creates it for a log of this level.
    pub fn new(level: LevelFilter, limits: Limits) -> Self {
        let tally = Arc::new(Mutex::new(Tally::new(limits)));
        RefusalLog { level, tally }
    }

    /// Writes the counts every [`INTERVAL`], forever.
    pub async fn run(self) {
        let mut next = interval(INTERVAL);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next.tick().await;
            self.sum_up();
        }
    }

    /// Writes the counts since the last time. Call it before the program ends, too.
    pub fn sum_up(&self) {
        // The lock is not held during logging.
        let sums = self.with(Tally::take);
        for (kind, suppressed) in sums {
            let Kind { label, target, .. } = &kind;
            let peer = shown(kind.network);
            if kind.level <= Level::WARN {
                warn!(target: SUMS, %peer, label, of = target, suppressed, "refusals, summed up");
            } else {
                info!(target: SUMS, %peer, label, of = target, suppressed, "refusals, summed up");
            }
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Tally) -> T) -> T {
        act(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_at_level(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }
}

/// This applies to all layers: if it suppresses an event, none of them gets it.
impl<S: Subscriber> Layer<S> for RefusalLog {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.is_at_level(metadata) || is_refusal(metadata)
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.is_at_level(metadata) || is_refusal(metadata) {
            true => Interest::always(),
            false => Interest::never(),
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if !is_refusal(metadata) {
            return true;
        }
        let Fields { network, label } = Fields::of(event);
        let kind = Kind {
            network,
            target: metadata.target(),
            level: *metadata.level(),
            label,
        };
        let is_wanted = self.is_at_level(metadata);
        self.with(|tally| tally.count(kind, is_wanted))
    }
}

fn is_refusal(metadata: &Metadata<'_>) -> bool {
    let has = |name| metadata.fields().field(name).is_some();
    metadata.is_event() && metadata.target() != SUMS && has(fields::PEER) && has(fields::LABEL)
}

fn shown(network: Option<IpAddr>) -> String {
    match network {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("{address}/64"),
        None => "others".to_owned(),
    }
}

#[cfg(test)]
mod tests;
