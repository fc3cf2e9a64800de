//! A client that is rejected: one line in the log, with the cause that the diagnosis found and the fix.
//!
//! The crate reports a rejection twice, with its verdict and with its diagnosis, and not all of its
//! events know the client's address: [`is_logged`] suppresses them. Create a [`Rejection`] from the
//! verdict, answer the client, then [explain](Rejection::explain) it. The cause is for the log,
//! never for the peer.

mod line;

use std::error::Error;
use std::net::SocketAddr;

use tracing::{Level, Metadata};
use wukongim_auth::{AsyncTokenStore, BoxError, HandshakeError, Verifier};

use crate::deadline::Prompt;
use crate::metrics::Metrics;
use line::Line;

/// Whether an event is written at all: the filter of [`LogOptions::init`](crate::log::LogOptions::init).
pub fn is_logged(metadata: &Metadata<'_>) -> bool {
    let is_failure = *metadata.level() <= Level::WARN;
    match metadata.target() {
        "wukongim_auth::verify" | "wukongim_auth::handshake" => !is_failure,
        "wukongim_auth::diagnosis" => false,
        _ => true,
    }
}

/// A rejection. It is logged and counted when it is dropped, with what is known by then; so it is
/// also logged if another connection takes the place while this one is being answered or diagnosed.
pub struct Rejection<'a> {
    metrics: &'a Metrics,
    peer: SocketAddr,
    line: Line,
    let_through: Option<bool>,
}

impl<'a> Rejection<'a> {
    /// The cause of the verdict.
    pub fn new(metrics: &'a Metrics, peer: SocketAddr, error: &HandshakeError) -> Self {
        Rejection {
            metrics,
            peer,
            line: Line::of(error),
            let_through: None,
        }
    }

    /// Notes in the line that the client was let through anyway.
    pub fn let_through(mut self) -> Self {
        self.let_through = Some(true);
        self
    }

    /// Asks the store again for the cause.
    pub async fn explain<S>(
        mut self,
        verifier: &Verifier,
        store: &S,
        error: HandshakeError,
    ) -> HandshakeError
    where
        S: AsyncTokenStore<Error = BoxError>,
    {
        let HandshakeError::NotVerified(error) = error else {
            return error;
        };
        let error = verifier.diagnose_async(&Prompt(store), error).await;
        if error.source().is_some() {
            self.metrics.store_failure("lookup");
        }
        let error = HandshakeError::NotVerified(error);
        self.line = Line::of(&error);
        self.line.diagnosed = true;
        error
    }
}

impl Drop for Rejection<'_> {
    fn drop(&mut self) {
        self.line.write(self.peer, self.let_through);
        self.metrics.handshake(self.line.label);
    }
}

#[cfg(test)]
mod tests;
