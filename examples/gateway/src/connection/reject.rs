//! A client that is rejected: answered first, then counted and explained.

use std::net::SocketAddr;

use wukongim_auth::HandshakeError;
use wukongim_auth::session::Protocol;
use wukongim_serving::rejection::Rejection;

use crate::gateway::Gateway;
use crate::transport::{Connection, send_now};

/// What is known of a rejected client.
pub struct Rejected {
    pub address: SocketAddr,
    pub protocol: Protocol,
    pub reply: Vec<u8>,
    pub error: HandshakeError,
}

/// Answers first. The diagnosis asks the store again, and its cause is only for the gateway's log.
pub async fn reject(gateway: &Gateway, mut connection: impl Connection, rejected: Rejected) {
    let Rejected {
        address,
        protocol,
        reply,
        error,
    } = rejected;
    let rejection = Rejection::new(&gateway.metrics, address, &error);
    // It is empty if the store failed: closing makes SDKs retry.
    if !reply.is_empty() {
        let _ = send_now(&mut connection, protocol, reply).await;
    }
    connection.close().await;
    rejection
        .explain(&gateway.verifier, &gateway.store, error)
        .await;
}
