//! The end of a server: everybody is told, and nobody is waited for without a limit.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use tracing::{info, warn};

use crate::sessions::Sessions;
use crate::shutdown::Stop;

/// Tells everybody that the server goes, and waits, for no longer than this, until they are gone. Nobody may
/// be let in any more by then: close the listeners first.
pub async fn close_all(stop: &Stop, sessions: &Sessions, within: Duration) {
    info!("closing {} sessions", sessions.len());
    let began = Instant::now();
    stop.begin();
    let unauthenticated = timeout(within, stop.heeded());
    let _ = tokio::join!(unauthenticated, sessions.close_all(within));
    // Who was being verified may have become a session after that.
    let left = within.saturating_sub(began.elapsed());
    sessions.close_all(left).await;
    match sessions.len() {
        0 => {}
        left => warn!("{left} sessions did not close in time"),
    }
}
