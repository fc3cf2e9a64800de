//! Closes a connection so that what was written arrives.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// How long a peer may continue to send after the server has closed.
pub const LINGER: Duration = Duration::from_millis(500);

/// If a socket is closed with unread bytes, the kernel resets the connection, and the peer may lose the
/// reply that was on its way. So the write side is closed first, and what still arrives is
/// dropped for a while.
pub async fn close(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    if stream.shutdown().await.is_ok() {
        let rest = async { tokio::io::copy(stream, &mut tokio::io::sink()).await };
        let _ = tokio::time::timeout(LINGER, rest).await;
    }
}
