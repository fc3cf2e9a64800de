//! How much an unauthenticated connection may send over WebSocket: the library collects a message,
//! fragments and all, before it hands it over, so that the bytes are counted below it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// For the upgrade, and a request to connect of the size that the crate accepts.
const MAX_BYTES: usize = 24 * 1024;

/// A stream that ends in an error once more was read than is allowed.
pub struct PreauthLimit {
    stream: TcpStream,
    left: Option<usize>,
}

impl PreauthLimit {
    pub fn new(stream: TcpStream) -> Self {
        let left = Some(MAX_BYTES);
        PreauthLimit { stream, left }
    }

    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// The client has authenticated.
    pub fn lift(&mut self) {
        self.left = None;
    }
}

impl AsyncRead for PreauthLimit {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        if let Some(left) = &mut self.left {
            *left = left
                .checked_sub(read)
                .ok_or_else(|| io::Error::other("too much before the client was accepted"))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PreauthLimit {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
