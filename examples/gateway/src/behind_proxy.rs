//! Behind a load balancer: where clients come from by its word (`--proxy-protocol`).

use std::io;

use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tracing::{debug, warn};
use wukongim_serving::proxy_protocol;

use crate::gateway::Gateway;
use crate::listen::Unauthenticated;

/// Reads the header of a connection from a trusted proxy, which has to send one: what comes without
/// it would pass for a client at the proxy's address. Connections from elsewhere are clients; a header
/// of theirs is no CONNECT. `None` if the connection is to be closed.
pub async fn introduce(
    gateway: &Gateway,
    mut stream: TcpStream,
    mut unauthenticated: Unauthenticated,
) -> Option<(TcpStream, Unauthenticated)> {
    let proxy = unauthenticated.address;
    if !gateway.proxies.contains(proxy.ip()) {
        return Some((stream, unauthenticated));
    }
    let header = proxy_protocol::receive(&mut stream);
    match timeout_at(unauthenticated.deadline, header).await {
        Ok(Ok(header)) => {
            if let Some(addresses) = header.addresses {
                unauthenticated.address = addresses.source;
                unauthenticated.permit.move_to(addresses.source.ip());
            }
            Some((stream, unauthenticated))
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
