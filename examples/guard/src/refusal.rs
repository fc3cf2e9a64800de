//! A refusal: sent first, and explained afterwards. The cause is for the log and the report, never
//! for the peer.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wukongim_auth::HandshakeError;
use wukongim_serving::rejection::Rejection;

use crate::guard::Guard;

/// How long a peer may take to read it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Writes the answer, to a peer that may be slow to read.
///
/// # Errors
/// Errors of the socket, or that it took too long.
pub async fn send(stream: &mut TcpStream, reply: &[u8]) -> io::Result<()> {
    match timeout(WRITE_TIMEOUT, stream.write_all(reply)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Asks the store again for the cause, logs it with the fix, and counts it.
pub async fn explain(guard: &Guard, rejection: Rejection<'_>, error: HandshakeError) {
    let error = rejection
        .explain(&guard.verifier, &guard.store, error)
        .await;
    guard.report.refused(&error);
}
