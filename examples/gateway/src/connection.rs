//! From a connection's first byte to the answer to connect: the part that decides.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::timeout_at;
use tracing::{debug, info, warn};
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_auth::{Acceptor, ConnectRequest, HandshakeError, RequestError, Session, Timestamp};

use crate::deadline::Prompt;
use crate::expiry;
use crate::gateway::Gateway;
use crate::listen::Newcomer;
use crate::session;
use crate::sessions::Place;
use crate::transport::{Link, in_time, send_now};

/// Serves one connection to its end.
pub async fn serve(
    gateway: &Gateway,
    mut link: impl Link,
    transport: Transport,
    newcomer: Newcomer,
) {
    let Newcomer {
        deadline,
        address,
        permit,
    } = newcomer;
    let request = match timeout_at(deadline, read_connect(&mut link)).await {
        Ok(Ok(Some(request))) => request,
        Ok(Ok(None)) => return link.close().await,
        Ok(Err(error)) => {
            debug!(%address, "no CONNECT: {error}");
            return link.close().await;
        }
        Err(_) => {
            debug!(%address, "no CONNECT in time");
            return link.close().await;
        }
    };
    let (session, mut place, answer) = match admit(gateway, &request, transport, address).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(gateway, link, refusal).await,
    };
    drop(permit);
    link.admitted();
    if place.is_to_be_asked_again() {
        expiry::ask_again(gateway, session.verified()).await;
    }
    let uid = session.verified().uid().to_owned();
    info!(%address, uid, "connected");
    let ended = async {
        send_now(&mut link, session.protocol(), answer).await?;
        let remaining = request.into_remaining();
        session::run(gateway, &mut link, &session, &mut place, remaining).await
    };
    let ended = ended.await;
    // What the client is owed still goes out, unless it was that which took too long.
    if !matches!(&ended, Err(error) if error.kind() == io::ErrorKind::TimedOut) {
        let _ = in_time(link.flush()).await;
    }
    match ended {
        Ok(()) => info!(%address, uid, "disconnected"),
        Err(error) => info!(%address, uid, "disconnected: {error}"),
    }
    link.close().await;
}

async fn read_connect(link: &mut impl Link) -> io::Result<Option<ConnectRequest>> {
    let mut acceptor = Acceptor::new().with_json_rpc();
    while let Some(chunk) = link.receive().await? {
        let request = acceptor.push(&chunk).map_err(io::Error::other)?;
        if request.is_some() {
            return Ok(request);
        }
    }
    Ok(None)
}

/// What a rejected connection is answered, and why it was rejected.
struct Refusal {
    protocol: Protocol,
    answer: Vec<u8>,
    why: Why,
}

enum Why {
    /// The request cannot be read.
    Request(RequestError),
    /// The token is not accepted, or the connection cannot be.
    Handshake(HandshakeError),
}

/// Verifies the client and registers its session; gives the answer with it.
async fn admit(
    gateway: &Gateway,
    request: &ConnectRequest,
    transport: Transport,
    address: SocketAddr,
) -> Result<(Arc<Session>, Place, Vec<u8>), Refusal> {
    let handshake = request.handshake().map_err(|error| Refusal {
        // What cannot be read is not answered, in whichever protocol.
        protocol: Protocol::Wkproto,
        answer: Vec::new(),
        why: Why::Request(error),
    })?;
    let credentials = handshake
        .credentials()
        .with_transport(transport)
        .with_address(address);
    // Registered first and looked up then: a revocation before the lookup is seen by it, one after
    // it finds the session and closes it.
    let place = gateway.sessions.register(&credentials);
    let (store, now) = (Prompt(&gateway.store), Timestamp::now());
    let verdict = gateway.verifier.verdict_async(&store, &credentials, now);
    let answer = handshake.answer(verdict.await, &gateway.accept);
    match answer.outcome {
        Ok(session) => {
            let session = Arc::new(session);
            place.settle(session.clone(), credentials.device_id);
            Ok((session, place, answer.reply))
        }
        Err(error) => Err(Refusal {
            protocol: handshake.protocol(),
            answer: answer.reply,
            why: Why::Handshake(error),
        }),
    }
}

/// Answers first. The diagnosis asks the store again, and its cause is for our log alone.
async fn refuse(gateway: &Gateway, mut link: impl Link, refusal: Refusal) {
    if !refusal.answer.is_empty() {
        let _ = send_now(&mut link, refusal.protocol, refusal.answer).await;
    }
    link.close().await;
    match refusal.why {
        Why::Handshake(HandshakeError::NotVerified(error)) => {
            // Reports the rejection, its cause and the fix (the crate's feature `tracing`).
            let store = Prompt(&gateway.store);
            let error = gateway.verifier.diagnose_async(&store, error).await;
            // It names no store's own words: they may hold anything. Ours do not.
            if let Some(fault) = error.source() {
                warn!("store failure: {fault}");
            }
        }
        // Reported by the crate too, with its fix.
        Why::Handshake(_) => {}
        Why::Request(error) => warn!("refused: {error}"),
    }
}

#[cfg(test)]
mod tests;
