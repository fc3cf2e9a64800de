//! Why upstream did not answer a question, and what to do about it.

use std::error::Error;

use http::StatusCode;
use wukongim_auth::BoxError;

use crate::limits::MAX_PAGE;
use crate::server::ANSWER_WITHIN;

/// The texts are for the log: they begin with what is wrong, and end with what to do.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("upstream's API cannot be reached: {}", causes(&**.0))]
    Unreachable(BoxError),
    #[error("upstream's API did not answer within {ANSWER_WITHIN:?}")]
    Slow,
    #[error("upstream's API wants another manager token: check --manager-token")]
    Unauthorized,
    #[error(
        "upstream's API has no /cluster/devices, as WuKongIM v2 has it: set --compare-interval 0 to \
         learn only from what is registered through the guard"
    )]
    Missing,
    #[error("upstream's API answers /cluster/devices with status {0}: check --upstream-http")]
    Status(StatusCode),
    #[error(
        "upstream's API answers /cluster/devices with something other than a list of devices: check \
         --upstream-http"
    )]
    Garbage,
    #[error("upstream's API answers /cluster/devices with more than {} MiB for a page", MAX_PAGE >> 20)]
    TooLong,
}

impl AskError {
    /// A word for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            AskError::Unreachable(_) => "unreachable",
            AskError::Slow => "slow",
            AskError::Unauthorized => "unauthorized",
            AskError::Missing => "missing",
            AskError::Status(_) => "status",
            AskError::Garbage => "garbage",
            AskError::TooLong => "too_long",
        }
    }
}

/// An error with its sources: the HTTP client's own message does not say what failed.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        words += &format!(": {error}");
        behind = error.source();
    }
    words
}
