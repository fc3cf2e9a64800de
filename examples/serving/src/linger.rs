//! Closing in such a way that what was written arrives.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

/// How long a peer may go on sending after we closed.
pub const LINGER: Duration = Duration::from_millis(500);

/// A socket that is closed with bytes unread makes the kernel reset the connection, and the peer may
/// lose the refusal that was on its way: so the write side is closed first, and what still comes is
/// dropped for a while.
pub async fn close(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    if stream.shutdown().await.is_ok() {
        let rest = async { tokio::io::copy(stream, &mut tokio::io::sink()).await };
        let _ = tokio::time::timeout(LINGER, rest).await;
    }
}
