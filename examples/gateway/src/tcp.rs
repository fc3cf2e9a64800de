//! Native SDKs: messages one after another on a TCP stream.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_serving::arrival::Arrival;
use wukongim_serving::linger;

use crate::connection;
use crate::gateway::Gateway;
use crate::transport::{self, Connection};

/// Bytes that are read at once.
const CHUNK: usize = 4 * 1024;

/// Bytes that are collected before they are written even without a flush.
const WRITE_BUFFER: usize = 16 * 1024;

/// Serves one connection to its end.
pub async fn serve(gateway: Arc<Gateway>, stream: TcpStream, unauthenticated: Arrival) {
    // Replies are written as a whole; waiting for more only delays them.
    let _ = stream.set_nodelay(true);
    let connection = TcpConnection {
        stream,
        output: Vec::new(),
    };
    let stop = gateway.stop.listen();
    connection::serve(&gateway, connection, Transport::Tcp, unauthenticated, stop).await;
}

struct TcpConnection {
    stream: TcpStream,
    output: Vec<u8>,
}

impl Connection for TcpConnection {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            self.stream.readable().await?;
            // Only now: a silent connection, as most are, holds no buffer.
            let mut chunk = Vec::with_capacity(CHUNK);
            match self.stream.try_read_buf(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(chunk.into())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
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
        linger::close(&mut self.stream).await;
    }
}
