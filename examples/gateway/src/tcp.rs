//! Native SDKs: messages one behind another on a TCP stream.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_serving::linger;

use crate::connection;
use crate::gateway::Gateway;
use crate::listen::Unauthenticated;
use crate::transport::{self, Connection};

/// Bytes that are read at once, and all that a connection keeps unread by us.
const CHUNK: usize = 4 * 1024;

/// Bytes that are collected before they are written even without a flush.
const WRITE_BUFFER: usize = 16 * 1024;

/// Serves one connection to its end.
pub async fn serve(gateway: Arc<Gateway>, stream: TcpStream, unauthenticated: Unauthenticated) {
    // Replies are written whole; waiting for more only delays them.
    let _ = stream.set_nodelay(true);
    let connection = TcpConnection {
        stream,
        input: BytesMut::new(),
        output: Vec::new(),
    };
    connection::serve(&gateway, connection, Transport::Tcp, unauthenticated).await;
}

struct TcpConnection {
    stream: TcpStream,
    input: BytesMut,
    output: Vec<u8>,
}

impl Connection for TcpConnection {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        self.input.reserve(CHUNK);
        let len = self.stream.read_buf(&mut self.input).await?;
        Ok((len > 0).then(|| self.input.split().freeze()))
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
        self.output.clear();
        Ok(())
    }

    fn has_gone(&self) -> bool {
        transport::has_gone(&self.stream)
    }

    async fn close(mut self) {
        linger::close(&mut self.stream).await;
    }
}
