//! New connections: each with its place among those that have not authenticated, its deadline, and the
//! address that it comes from, by a proxy's word if that is trusted.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use crate::admission::{Admission, Place};
use crate::listener;
use crate::proxy_protocol;
use crate::trusted_networks::TrustedNetworks;

/// Who is let as far as being asked who it is.
#[derive(Debug)]
pub struct Arrivals {
    /// The places of those that have not authenticated.
    pub admission: Admission,
    /// How long one may take to say who it is.
    pub patience: Duration,
    /// Whose word is taken for where a client comes from.
    pub proxies: TrustedNetworks,
}

/// A connection that has not authenticated yet.
#[derive(Debug)]
pub struct Arrival {
    /// When it must have said who it is.
    pub deadline: Instant,
    /// From where; behind a proxy, by its word.
    pub address: SocketAddr,
    /// Its place among those that have not authenticated.
    pub place: Place,
}

impl Arrivals {
    /// Accepts for ever. If all places are taken, connections are closed at once, except from addresses
    /// that hold fewer than others: the deadline soon gives some back.
    pub async fn serve<S, F>(self: Arc<Self>, listener: TcpListener, serve: S)
    where
        S: Fn(TcpStream, Arrival) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        loop {
            let (stream, address) = listener::accept(&listener).await;
            let Some(place) = self.admission.enter(address.ip()) else {
                debug!(%address, "too many connections that have not authenticated");
                continue;
            };
            let lost = place.lost();
            let arrival = Arrival {
                deadline: Instant::now() + self.patience,
                address,
                place,
            };
            let (arrivals, serve) = (self.clone(), serve.clone());
            tokio::spawn(async move {
                let served = async {
                    if let Some((stream, arrival)) = arrivals.introduce(stream, arrival).await {
                        serve(stream, arrival).await;
                    }
                };
                tokio::select! {
                    () = served => {}
                    () = lost => debug!(%address, "made room for a client from elsewhere"),
                }
            });
        }
    }

    /// Reads the header of a connection from a trusted proxy, which has to send one: what comes without
    /// it would pass for a client at the proxy's address. Connections from elsewhere are clients; a
    /// header of theirs is no CONNECT. `None` if the connection is to be closed.
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
                    arrival.place.move_to(addresses.source.ip());
                }
                Some((stream, arrival))
            }
            // A health check that only looks whether the port is open.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                debug!(%proxy, "closed before its PROXY protocol header");
                None
            }
            Ok(Err(error)) => {
                warn!(%proxy, "refused: {error}");
                None
            }
            Err(_) => {
                debug!(%proxy, "no PROXY protocol header in time");
                None
            }
        }
    }
}
