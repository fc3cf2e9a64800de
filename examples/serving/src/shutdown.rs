//! When to stop: Ctrl-C in a terminal, SIGTERM from a service manager.

use std::future::Future;
use std::io;

/// Waits for one of them; both are caught from this call on. A container's program runs as process 1,
/// which is not ended by a signal that it does not handle.
///
/// # Errors
/// If the handler cannot be installed.
#[cfg(unix)]
pub fn requested() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C, caught from this call on.
///
/// # Errors
/// If the handler cannot be installed.
#[cfg(windows)]
pub fn requested() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
