//! A refusal: sent first, explained then. The cause is for the log and the report, never for the peer.

use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tracing::warn;
use wukongim_auth::HandshakeError;
use wukongim_serving::deadline::Prompt;

use crate::guard::Guard;

/// How long a peer may take to read it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Writes it, to a peer that reads.
///
/// # Errors
/// Of the socket, or that it took too long.
pub async fn send(stream: &mut TcpStream, reply: &[u8]) -> io::Result<()> {
    match timeout(WRITE_TIMEOUT, stream.write_all(reply)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Asks the store again for the cause. The crate reports it, with the fix (its feature `tracing`).
pub async fn explained(guard: &Guard, error: HandshakeError) -> HandshakeError {
    let HandshakeError::NotVerified(error) = error else {
        return error;
    };
    let store = Prompt(&guard.store);
    let error = guard.verifier.diagnose_async(&store, error).await;
    // It names no store's own words: they may hold anything. Ours do not.
    if let Some(fault) = error.source() {
        warn!("store failure: {fault}");
        guard.metrics.store_failure("lookup");
    }
    HandshakeError::NotVerified(error)
}
