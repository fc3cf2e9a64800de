//! What the rest of the gateway needs from a connection, over TCP and over WebSocket.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wukongim_auth::session::Protocol;

/// How long a peer may take to read replies, which occupy memory until then.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// A socket of either kind: bytes come in any chunks, messages go out one by one.
pub trait Connection: Send {
    /// The next bytes; `None` at their end. Can be dropped and called again.
    fn receive(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>> + Send;

    /// Queues one message of this protocol; it may wait for [`flush`](Self::flush).
    fn send(
        &mut self,
        protocol: Protocol,
        message: Vec<u8>,
    ) -> impl Future<Output = io::Result<()>> + Send;

    /// Writes everything that was queued.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send;

    /// Whether the peer has already closed, even if some of its bytes are still unread.
    fn has_gone(&self) -> bool {
        false
    }

    /// Lifts the limits: the peer has authenticated.
    fn admitted(&mut self) {}

    /// Closes so that flushed bytes arrive, within a bounded time.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Writes one message immediately.
pub async fn send_now(
    connection: &mut impl Connection,
    protocol: Protocol,
    message: Vec<u8>,
) -> io::Result<()> {
    in_time(async {
        connection.send(protocol, message).await?;
        connection.flush().await
    })
    .await
}

/// A write that a slow peer cannot delay forever.
pub async fn in_time(write: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    match timeout(WRITE_TIMEOUT, write).await {
        Ok(written) => written,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}

/// Whether the peer has closed or reset this stream, as far as the system knows.
pub fn has_gone(stream: &TcpStream) -> bool {
    let ready = stream.ready(Interest::READABLE).now_or_never();
    let is_known = ready.is_some_and(|ready| ready.map_or(true, |ready| ready.is_read_closed()));
    is_known || is_at_its_end(stream)
}

/// Asks the system, because the runtime's state may be as old as its last poll of all sockets.
fn is_at_its_end(stream: &TcpStream) -> bool {
    match SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]) {
        Ok(len) => len == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

#[cfg(test)]
mod tests;
