//! Native SDKs: messages one after another on a TCP stream.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::consume_budget;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_serving::arrival::Arrival;
use wukongim_serving::linger;

use crate::connection;
use crate::gateway::Gateway;
use crate::transport::{self, Connection};

/// The most bytes read at a time.
const CHUNK: usize = 4 * 1024;

/// Bytes that are buffered before they are written even without a flush.
const WRITE_BUFFER: usize = 16 * 1024;

/// Serves one connection to its end.
pub async fn serve(gateway: Arc<Gateway>, stream: TcpStream, unauthenticated: Arrival) {
    // Replies are written as a whole; Nagle's algorithm would only delay them.
    let _ = stream.set_nodelay(true);
    let connection = TcpConnection {
        stream,
        output: Vec::new(),
        is_at_end: false,
    };
    let stop = gateway.stop.listen();
    connection::serve(&gateway, connection, Transport::Tcp, unauthenticated, stop).await;
}

struct TcpConnection {
    stream: TcpStream,
    output: Vec<u8>,
    /// The peer has closed its sending direction, and everything was read.
    is_at_end: bool,
}

impl Connection for TcpConnection {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            self.stream.readable().await?;
            // Only now: a silent connection, as most are, holds no buffer.
            let mut chunk = Vec::with_capacity(CHUNK);
            // Not `try_read_buf`, after which the runtime assumes that there is more to read.
            match self.stream.read_buf(&mut chunk).now_or_never() {
                // The socket was not ready after all, or this task has used up its turn.
                None => consume_budget().await,
                Some(Ok(0)) => {
                    self.is_at_end = true;
                    return Ok(None);
                }
                Some(Ok(_)) => return Ok(Some(chunk.into())),
                Some(Err(error)) => return Err(error),
            }
        }
    }

    async fn send(&mut self, _: Protocol, message: Vec<u8>) -> io::Result<()> {
        self.output.extend_from_slice(&message);
        if self.output.len() > WRITE_BUFFER {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        self.output = Vec::new();
        Ok(())
    }

    fn has_gone(&self) -> bool {
        transport::has_gone(&self.stream)
    }

    async fn close(mut self) {
        // Lingering is for bytes that arrive unread; here there are none.
        if !self.is_at_end {
            linger::close(&mut self.stream).await;
        }
    }
}
