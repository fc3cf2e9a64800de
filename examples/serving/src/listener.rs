//! Sockets that accept many connections at once, and continue after an error.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tracing::warn;

/// Connections that may wait to be accepted, as far as the system allows. If there is one too many,
/// it is dropped silently, and its client retries after a second.
const BACKLOG: u32 = 4096;

/// An address where a server cannot listen, with the option that it comes from.
#[derive(Debug, thiserror::Error)]
#[error("{option} {address}: cannot listen there: {error} / {option} {address}：无法监听：{error}")]
pub struct BindError {
    option: &'static str,
    address: SocketAddr,
    error: io::Error,
}

/// Listens at the address that was given as this option, with a long queue.
///
/// # Errors
/// If the address is taken, or not one of this machine.
pub fn bind(option: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    listen(address).map_err(|error| BindError {
        option,
        address,
        error,
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections of a previous process that are still closing do not block the address.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The next connection, however long it takes.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Most likely no file descriptors are left; connections that end free them.
                warn!("cannot accept: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
