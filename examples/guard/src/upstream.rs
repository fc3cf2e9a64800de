//! Connecting to upstream, with a timeout, and optionally stating the client's address.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use wukongim_serving::proxy_protocol::{Addresses, Header};

/// One of upstream's ports for clients.
#[derive(Debug)]
pub struct Upstream {
    /// `HOST:PORT`; a name is looked up for each connection.
    pub address: String,
    /// How long upstream may take to accept a connection and answer on it.
    pub within: Duration,
    pub introduction: Introduction,
}

/// How upstream is told the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introduction {
    None,
    /// Before the first bytes.
    ProxyProtocol,
    /// In the request for a WebSocket: upstream reads no PROXY protocol on that port.
    Headers,
}

impl Upstream {
    /// Connects for the client at `source`, which came to `destination`.
    ///
    /// # Errors
    /// If upstream is not reachable, or does not answer in time.
    pub async fn connect(
        &self,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<TcpStream> {
        self.in_time(async {
            let mut stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            if self.introduction == Introduction::ProxyProtocol {
                let addresses = Some(Addresses {
                    source,
                    destination,
                });
                stream.write_all(&Header { addresses }.encode()).await?;
            }
            Ok(stream)
        })
        .await
    }

    /// Runs a step with a timeout, so that upstream cannot delay it forever.
    ///
    /// # Errors
    /// The step's own error, or that it took too long.
    pub async fn in_time<T>(&self, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        match timeout(self.within, step).await {
            Ok(done) => done,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
