//! The end of a server: all connections are told, and waiting for them is limited.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use tracing::{info, warn};

use crate::sessions::Sessions;
use crate::shutdown::Stop;

/// Tells all connections that the server stops, and waits until they are closed, but no longer than
/// this. Close the listeners first, so that no new client is accepted.
pub async fn close_all(stop: &Stop, sessions: &Sessions, within: Duration) {
    info!("closing {} sessions", sessions.len());
    let began = Instant::now();
    stop.begin();
    let unauthenticated = timeout(within, stop.heeded());
    let _ = tokio::join!(unauthenticated, sessions.close_all(within));
    // A client that was being verified may have become a session after that.
    let left = within.saturating_sub(began.elapsed());
    sessions.close_all(left).await;
    match sessions.len() {
        0 => {}
        left => warn!("{left} sessions did not close in time"),
    }
}
