//! Native SDKs: the request to connect is the first thing on the stream.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_auth::{Acceptor, ConnectRequest};
use wukongim_serving::arrival::Arrival;

use crate::connection;
use crate::guard::Guard;
use crate::opening::{NoRequest, Opening};
use crate::upstream::Upstream;

/// Serves one connection to its end.
pub async fn serve(guard: Arc<Guard>, stream: TcpStream, arrival: Arrival) {
    let _ = stream.set_nodelay(true);
    let opening = TcpOpening {
        acceptor: Acceptor::new().with_limits(guard.limits).with_json_rpc(),
        received: Vec::new(),
    };
    connection::serve(&guard, &guard.tcp, stream, opening, arrival).await;
}

struct TcpOpening {
    acceptor: Acceptor,
    received: Vec<u8>,
}

impl Opening for TcpOpening {
    const TRANSPORT: Transport = Transport::Tcp;

    fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, NoRequest> {
        self.received.extend_from_slice(chunk);
        Ok(self.acceptor.push(chunk)?)
    }

    fn into_received(self) -> Vec<u8> {
        self.received
    }

    fn refusal(&self, _: Protocol, reply: Vec<u8>) -> Vec<u8> {
        reply
    }

    async fn connect(
        &self,
        upstream: &Upstream,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<(TcpStream, Vec<u8>)> {
        let stream = upstream.connect(source, destination).await?;
        Ok((stream, Vec::new()))
    }
}
