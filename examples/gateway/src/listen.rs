//! Accepting sockets, each with a permit and a deadline.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::behind_proxy;
use crate::gateway::Gateway;

/// Connections that may be waiting to be accepted, as far as the system allows. One too many is
/// dropped without a word, and its client tries again after a second.
const BACKLOG: u32 = 4096;

/// Listens there, ready for many at once.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // What a process before us has left there does not keep us from it.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A connection that has not authenticated yet.
pub struct Unauthenticated {
    /// When it must have sent its CONNECT; the WebSocket's own handshake counts too.
    pub deadline: Instant,
    /// From where; behind a proxy, by its word.
    pub address: SocketAddr,
    /// Its place among those that have not authenticated.
    pub permit: OwnedSemaphorePermit,
}

/// Accepts for ever. If all permits are taken, connections are closed at once: the deadline soon
/// gives some back.
pub async fn accept<S, F>(gateway: Arc<Gateway>, listener: TcpListener, serve: S)
where
    S: Fn(Arc<Gateway>, TcpStream, Unauthenticated) -> F + Copy + Send + 'static,
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
        let unauthenticated = Unauthenticated {
            deadline: Instant::now() + gateway.connect_timeout,
            address,
            permit,
        };
        let gateway = gateway.clone();
        tokio::spawn(async move {
            if let Some((stream, unauthenticated)) =
                behind_proxy::introduce(&gateway, stream, unauthenticated).await
            {
                serve(gateway, stream, unauthenticated).await;
            }
        });
    }
}
