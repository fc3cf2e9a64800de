//! When to stop: Ctrl-C at a terminal, SIGTERM from whatever runs services.

use std::io;

/// Waits for one of them. Process 1, as which a container's program runs, is not ended by a signal
/// that it does not handle.
///
/// # Errors
/// If the system takes no handler.
#[cfg(unix)]
pub async fn requested() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended,
        _ = terminate.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
///
/// # Errors
/// If the system takes no handler.
#[cfg(not(unix))]
pub async fn requested() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
