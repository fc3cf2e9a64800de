//! Limits what an unauthenticated connection may send over WebSocket. The WebSocket library collects a
//! whole message, all fragments included, before it returns it, so the bytes are counted below it.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::plain_http::OPENING_LEN;

/// Room for the upgrade, and for a request to connect of the size that the crate accepts.
pub const MAX_BYTES: usize = 24 * 1024;

const TOO_MUCH: &str = "too much before the client was accepted";

/// A stream that fails with an error of kind [`FileTooLarge`](ErrorKind::FileTooLarge) once more
/// bytes were read than allowed.
pub struct PreauthLimit<S> {
    stream: S,
    left: Option<usize>,
    opening: Vec<u8>,
}

impl<S> PreauthLimit<S> {
    pub fn new(stream: S) -> Self {
        let left = Some(MAX_BYTES);
        let opening = Vec::with_capacity(OPENING_LEN);
        PreauthLimit {
            stream,
            left,
            opening,
        }
    }

    /// The first bytes, for the answer if this is not a WebSocket.
    pub fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// The limited stream.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Lifts the limit: the client has authenticated.
    pub fn lift(&mut self) {
        self.left = None;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PreauthLimit<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        let missing = OPENING_LEN - self.opening.len();
        let opening = buffer.filled().iter().skip(before).take(missing);
        self.opening.extend(opening);
        if let Some(left) = &mut self.left {
            *left = left
                .checked_sub(read)
                .ok_or_else(|| io::Error::new(ErrorKind::FileTooLarge, TOO_MUCH))?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PreauthLimit<S> {
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// Tries to read this many bytes; returns whether that was possible.
    async fn reads(stream: &mut PreauthLimit<impl AsyncRead + Unpin>, len: usize) -> bool {
        let mut bytes = vec![0; len];
        stream.read_exact(&mut bytes).await.is_ok()
    }

    #[tokio::test]
    async fn no_more_is_read_than_is_allowed_until_it_is_lifted() {
        let mut stream = PreauthLimit::new(tokio::io::repeat(0));
        assert!(reads(&mut stream, MAX_BYTES).await);
        assert!(!reads(&mut stream, 1).await);

        let mut stream = PreauthLimit::new(tokio::io::repeat(0));
        assert!(reads(&mut stream, MAX_BYTES).await);
        stream.lift();
        assert!(reads(&mut stream, 10 * MAX_BYTES).await);
    }
}
