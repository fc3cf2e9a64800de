//! The log: what is written, in which format, and how much of a flood.

use std::io::{self, IsTerminal};

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::log_fields::LogFields;
use crate::refusal_log::{Limits, RefusalLog};

/// The default number of refusals that are written in an interval, for each address and cause.
const LINES_IN_ALL: usize = 40;

/// The options of a program that logs: `#[command(flatten)]`.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct LogOptions {
    /// The lowest level that is logged: error, warn, info, debug or trace. 记录的最低级别。
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: LevelFilter,

    /// The format of the log: text, or one JSON object per line. 日志格式：文本，或每行一个 JSON 对象。
    #[arg(long, env = "LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// The most refusals of one cause from one address that are logged in full within 10 seconds; a
    /// line says how many others there were.
    /// 10 秒内，同一地址、同一原因的拒绝最多完整记录这么多条；其余的只记一行汇总。
    #[arg(long, env = "LOG_REFUSALS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub log_refusals: u32,
}

/// See `--log-format`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogOptions {
    /// Logs to stderr from now on. `is_ours` says which events are written at all. The caller must
    /// [run](RefusalLog::run) the sums of the refusals.
    pub fn init<F>(self, is_ours: F) -> RefusalLog
    where
        F: Fn(&Metadata<'_>) -> bool + Send + Sync + 'static,
    {
        let of_a_kind = usize::try_from(self.log_refusals).unwrap_or(usize::MAX);
        let limits = Limits {
            of_a_kind,
            in_all: of_a_kind.saturating_mul(LINES_IN_ALL),
        };
        let refusals = RefusalLog::new(self.log_level, limits);
        let layer = fmt::layer().with_writer(io::stderr);
        let layer = match self.log_format {
            LogFormat::Text => layer
                .fmt_fields(LogFields)
                .with_ansi(io::stderr().is_terminal())
                .boxed(),
            LogFormat::Json => layer.json().boxed(),
        };
        // The last layer is asked first: events that are not written are not counted.
        tracing_subscriber::registry()
            .with(layer)
            .with(refusals.clone())
            .with(filter_fn(is_ours))
            .init();
        refusals
    }
}
