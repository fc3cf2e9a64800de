//! Native SDKs: the request to connect comes first on the stream.

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
use crate::opening::{NoRequest, Opening, Received};
use crate::upstream::Upstream;

/// Serves one connection to its end.
pub async fn serve(guard: Arc<Guard>, stream: TcpStream, arrival: Arrival) {
    let _ = stream.set_nodelay(true);
    if guard.must_wait() {
        return connection::too_early(&guard, stream, arrival).await;
    }
    let opening = TcpOpening {
        acceptor: Acceptor::new().with_limits(guard.limits).with_json_rpc(),
        received: Vec::new(),
        request_end: None,
    };
    let stop = guard.stop.listen();
    connection::serve(&guard, &guard.tcp, stream, opening, arrival, stop).await;
}

struct TcpOpening {
    acceptor: Acceptor,
    received: Vec<u8>,
    request_end: Option<usize>,
}

impl Opening for TcpOpening {
    const TRANSPORT: Transport = Transport::Tcp;

    fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, NoRequest> {
        self.received.extend_from_slice(chunk);
        let request = self.acceptor.push(chunk)?;
        self.request_end = request
            .as_ref()
            .map(|request| request.request_bytes().len());
        Ok(request)
    }

    fn refusal(&self, _: Protocol, reply: Vec<u8>) -> Vec<u8> {
        reply
    }

    /// The protocol has no message for this before a session.
    fn going_away(&self) -> Vec<u8> {
        Vec::new()
    }
}

impl Received for TcpOpening {
    fn into_received(mut self) -> (Vec<u8>, Vec<u8>) {
        let end = self.request_end.unwrap_or(self.received.len());
        let behind = self.received.split_off(end);
        (self.received, behind)
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
