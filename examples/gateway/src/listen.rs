//! Accepting sockets, each with a permit and a deadline.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use wukongim_serving::admission::Place;
use wukongim_serving::{listener, refusal_kind};

use crate::behind_proxy;
use crate::gateway::Gateway;
use crate::refused::refused;

/// A connection that has not authenticated yet.
pub struct Unauthenticated {
    /// When it must have sent its CONNECT; the WebSocket's own handshake counts too.
    pub deadline: Instant,
    /// From where; behind a proxy, by its word.
    pub address: SocketAddr,
    /// Its place among those that have not authenticated.
    pub permit: Place,
}

/// Accepts for ever. If all permits are taken, connections are closed at once, except from addresses
/// that hold fewer than others: the deadline soon gives some back.
pub async fn accept<S, F>(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    transport: &'static str,
    serve: S,
) where
    S: Fn(Arc<Gateway>, TcpStream, Unauthenticated) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let (stream, address) = listener::accept(&listener).await;
        gateway.metrics.connection(transport);
        let Some(permit) = gateway.unauthenticated.enter(address.ip()) else {
            let reason = "too many connections that have not authenticated";
            refused(&gateway, address, refusal_kind::OVER_CAPACITY, reason);
            continue;
        };
        let lost = permit.lost();
        let unauthenticated = Unauthenticated {
            deadline: Instant::now() + gateway.connect_timeout,
            address,
            permit,
        };
        let gateway = gateway.clone();
        tokio::spawn(async move {
            let served = async {
                let introduced = behind_proxy::introduce(&gateway, stream, unauthenticated);
                if let Some((stream, unauthenticated)) = introduced.await {
                    serve(gateway.clone(), stream, unauthenticated).await;
                }
            };
            tokio::select! {
                () = served => {}
                () = lost => {
                    let reason = "made room for a client from elsewhere";
                    refused(&gateway, address, refusal_kind::MADE_ROOM, reason);
                }
            }
        });
    }
}
