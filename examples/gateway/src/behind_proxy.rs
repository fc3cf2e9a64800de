//! Behind a load balancer: where clients come from by its word (`--proxy-protocol`).

use std::io;

use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tracing::warn;
use wukongim_serving::{proxy_protocol, refusal_kind};

use crate::gateway::Gateway;
use crate::listen::Unauthenticated;
use crate::refused::refused;

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
            let reason = "closed before its PROXY protocol header";
            refused(gateway, proxy, refusal_kind::GONE, reason);
            None
        }
        Ok(Err(error)) => {
            // Somebody's configuration is wrong, and no client gets in.
            gateway.metrics.refused(refusal_kind::PROXY_HEADER);
            warn!(peer = %proxy, label = refusal_kind::PROXY_HEADER, "refused: {error}");
            None
        }
        Err(_) => {
            let reason = "no PROXY protocol header in time";
            refused(gateway, proxy, refusal_kind::SILENT, reason);
            None
        }
    }
}
