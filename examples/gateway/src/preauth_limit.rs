//! How much a stranger may send over WebSocket: the library collects a message before it hands it
//! over, fragments and all, so that the bytes are counted below it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// For the upgrade, and a request to connect of the size that the crate accepts.
const STRANGERS: usize = 24 * 1024;

/// A stream that ends in an error once more was read than is allowed.
pub struct Allowance {
    stream: TcpStream,
    left: Option<usize>,
}

impl Allowance {
    pub fn for_stranger(stream: TcpStream) -> Self {
        let left = Some(STRANGERS);
        Allowance { stream, left }
    }

    /// No stranger any more.
    pub fn lift(&mut self) {
        self.left = None;
    }
}

impl AsyncRead for Allowance {
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
                .ok_or_else(|| io::Error::other("too much before the client was admitted"))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Allowance {
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
