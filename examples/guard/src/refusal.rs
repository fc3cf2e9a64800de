//! A refusal: sent first, explained then. The cause is for the log and the report, never for the peer.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tracing::{Level, Metadata, error, warn};
use wukongim_auth::compare::Secret;
use wukongim_auth::{HandshakeError, VerifyError};
use wukongim_serving::deadline::Prompt;

use crate::guard::{Guard, Mode};

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

/// The crate reports a refusal twice, by its verdict and by its diagnosis, and does not know from where the
/// client comes in all of them. The log has one line instead, with what [`explain`] knows in the end.
pub fn is_logged(metadata: &Metadata<'_>) -> bool {
    let is_failure = *metadata.level() <= Level::WARN;
    match metadata.target() {
        "wukongim_auth::verify" | "wukongim_auth::handshake" => !is_failure,
        "wukongim_auth::diagnosis" => false,
        _ => true,
    }
}

/// Asks the store again for the cause; logs it with the fix, and counts it.
pub async fn explain(guard: &Guard, peer: SocketAddr, error: HandshakeError) {
    let is_let_through = (guard.mode == Mode::Observe).then_some(true);
    let error = match error {
        HandshakeError::NotVerified(error) => {
            let store = Prompt(&guard.store);
            let error = guard.verifier.diagnose_async(&store, error).await;
            if error.source().is_some() {
                guard.metrics.store_failure("lookup");
            }
            not_verified(peer, &error, is_let_through);
            HandshakeError::NotVerified(error)
        }
        error => {
            let reason = error.to_string();
            let fix = error.fix().to_string();
            warn!(%peer, label = error.label(), reason, fix, let_through = is_let_through, "handshake fail");
            error
        }
    };
    guard.metrics.handshake(error.label());
    guard.report.refused(&error);
}

/// A macro, because an event's level must be a constant. The fields are those of the crate's own event, so
/// that `wukongim-doctor` reads this one.
macro_rules! line {
    ($level:ident, $peer:expr, $error:expr, $is_let_through:expr) => {
        $level!(
            uid = escaped($error.uid()),
            device_flag = %$error.device_flag(),
            device_level = $error.device_level().map(display),
            device_id = escaped($error.device_id()),
            expect_token = $error.expected_token().map(Secret::to_string),
            act_token = $error.actual_token().to_string(),
            label = $error.label(),
            cause = $error.label(),
            reason = $error.cause().to_string(),
            // The store's own words, which name no token. Other stores' may.
            store_error = $error.source().map(<dyn Error>::to_string),
            fix = $error.fix().to_string(),
            device_flag_missing = $error.facts().device_flag_missing,
            transport = $error.facts().transport.map(display),
            peer = %$peer,
            let_through = $is_let_through,
            "token verify fail",
        )
    };
}

/// A store that fails needs attention at once; a client that is rejected does not.
fn not_verified(peer: impl Display, error: &VerifyError, is_let_through: Option<bool>) {
    match error.source() {
        Some(_) => line!(error, peer, error, is_let_through),
        None => line!(warn, peer, error, is_let_through),
    }
}

/// As the crate escapes what a peer says, in every format of the log.
fn escaped(text: &str) -> String {
    text.chars().flat_map(char::escape_debug).collect()
}
