//! When to stop: Ctrl-C in a terminal, SIGTERM from a service manager. Also tells the connections.

use std::future::Future;
use std::io;

use tokio::sync::watch;

/// Tells all listeners that the server stops.
#[derive(Debug, Default)]
pub struct Stop(watch::Sender<bool>);

/// A listener; it is waited for until it is dropped.
#[derive(Debug)]
pub struct StopListener(watch::Receiver<bool>);

impl Stop {
    /// Begins the shutdown: all listeners are told.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    pub fn listen(&self) -> StopListener {
        StopListener(self.0.subscribe())
    }

    /// Waits until all listeners have been dropped.
    pub async fn heeded(&self) {
        self.0.closed().await;
    }
}

impl StopListener {
    /// Waits until shutdown begins; returns immediately if it has already begun. Can be dropped and
    /// called again.
    pub async fn begun(&mut self) {
        // If the sender is gone, so is the server.
        let _ = self.0.wait_for(|has_begun| *has_begun).await;
    }
}

/// Waits for one of the signals; both are caught from this call on. A container's program runs as
/// process 1, which is not ended by a signal that it does not handle.
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
