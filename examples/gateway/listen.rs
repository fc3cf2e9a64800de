//! Accepting sockets, each with a permit and a deadline.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::gateway::Gateway;

/// A connection that has not authenticated yet.
pub struct Newcomer {
    /// When it must have sent its CONNECT; the WebSocket's own handshake counts too.
    pub deadline: Instant,
    /// From where.
    pub address: SocketAddr,
    /// Its place among those that have not authenticated.
    pub permit: OwnedSemaphorePermit,
}

/// Accepts for ever. Where all permits are taken, newcomers are closed at once: the deadline soon
/// gives some back.
pub async fn accept<S, F>(gateway: Arc<Gateway>, listener: TcpListener, serve: S)
where
    S: Fn(Arc<Gateway>, TcpStream, Newcomer) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: it passes as connections end.
                warn!("cannot accept: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(permit) = gateway.unauthenticated.clone().try_acquire_owned() else {
            debug!(%address, "too many connections that have not authenticated");
            continue;
        };
        let newcomer = Newcomer {
            deadline: Instant::now() + gateway.connect_timeout,
            address,
            permit,
        };
        tokio::spawn(serve(gateway.clone(), stream, newcomer));
    }
}
