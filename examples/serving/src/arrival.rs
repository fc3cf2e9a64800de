//! New connections: each with its place among the unauthenticated ones, its deadline, and its address,
//! which a trusted proxy may state.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use crate::admission::{Admission, Place};
use crate::listener;
use crate::metrics::Metrics;
use crate::proxy_protocol;
use crate::refusal_kind;
use crate::trusted_networks::TrustedNetworks;

/// What is needed to accept connections.
#[derive(Debug)]
pub struct Arrivals {
    /// The places of unauthenticated connections.
    pub admission: Admission,
    /// How long a connection may take to authenticate.
    pub patience: Duration,
    /// The proxies that are trusted to state a client's address.
    pub proxies: TrustedNetworks,
    pub metrics: Arc<Metrics>,
}

/// A connection that has not authenticated yet.
#[derive(Debug)]
pub struct Arrival {
    /// When it must have authenticated.
    pub deadline: Instant,
    /// The client's address; behind a proxy, the one that the proxy states.
    pub address: SocketAddr,
    /// Its place among the unauthenticated connections.
    pub permit: Place,
}

impl Arrivals {
    /// Accepts forever. If all places are taken, connections are closed immediately, except from
    /// addresses that hold fewer than others: the deadline soon gives some back.
    pub async fn serve<S, F>(
        self: Arc<Self>,
        listener: TcpListener,
        transport: &'static str,
        serve: S,
    ) where
        S: Fn(TcpStream, Arrival) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        loop {
            let (stream, address) = listener::accept(&listener).await;
            self.metrics.connection(transport);
            let Some(permit) = self.admission.enter(address.ip()) else {
                let reason = "too many connections that have not authenticated";
                self.refused(address, refusal_kind::OVER_CAPACITY, reason);
                continue;
            };
            let arrival = Arrival {
                deadline: Instant::now() + self.patience,
                address,
                permit,
            };
            let (arrivals, serve) = (self.clone(), serve.clone());
            tokio::spawn(async move { arrivals.serve_one(stream, arrival, serve).await });
        }
    }

    /// Waits until another connection takes the place, then refuses this one under the address
    /// known by then.
    async fn serve_one<S, F>(&self, stream: TcpStream, arrival: Arrival, serve: S)
    where
        S: FnOnce(TcpStream, Arrival) -> F,
        F: Future<Output = ()>,
    {
        let mut lost = pin!(arrival.permit.lost());
        let proxy = arrival.address;
        let introduced = tokio::select! {
            introduced = self.introduce(stream, arrival) => introduced,
            () = &mut lost => return self.made_room(proxy),
        };
        let Some((stream, arrival)) = introduced else {
            return;
        };
        let address = arrival.address;
        tokio::select! {
            () = serve(stream, arrival) => {}
            () = lost => self.made_room(address),
        }
    }

    fn made_room(&self, peer: SocketAddr) {
        let reason = "made room for a client from elsewhere";
        self.refused(peer, refusal_kind::MADE_ROOM, reason);
    }

    /// Counts and logs a connection that ends before its client could be verified, under a label
    /// from a bounded set: there are too many of them for a line each.
    pub fn refused(&self, peer: SocketAddr, kind: &'static str, reason: impl Display) {
        self.metrics.refused(kind);
        debug!(%peer, label = kind, "no client: {reason}");
    }

    /// Reads the header of a connection from a trusted proxy, which must send one: without it, the
    /// connection would count as a client at the proxy's address. Connections from elsewhere are
    /// clients; if they send a header, it is not a CONNECT. `None` if the connection must be
    /// closed.
    async fn introduce(
        &self,
        mut stream: TcpStream,
        mut arrival: Arrival,
    ) -> Option<(TcpStream, Arrival)> {
        let proxy = arrival.address;
        if !self.proxies.contains(proxy.ip()) {
            return Some((stream, arrival));
        }
        let header = proxy_protocol::receive(&mut stream);
        match timeout_at(arrival.deadline, header).await {
            Ok(Ok(header)) => {
                if let Some(addresses) = header.addresses {
                    arrival.address = addresses.source;
                    arrival.permit.move_to(addresses.source.ip());
                }
                Some((stream, arrival))
            }
            // A health check that only tests whether the port is open.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let reason = "closed before its PROXY protocol header";
                self.refused(proxy, refusal_kind::GONE, reason);
                None
            }
            Ok(Err(error)) => {
                // A wrong configuration: no client can connect.
                self.metrics.refused(refusal_kind::PROXY_HEADER);
                warn!(peer = %proxy, label = refusal_kind::PROXY_HEADER, "refused: {error}");
                None
            }
            Err(_) => {
                let reason = "no PROXY protocol header in time";
                self.refused(proxy, refusal_kind::SILENT, reason);
                None
            }
        }
    }
}
