//! From a connection's first byte to the answer to connect: the part that decides.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use tokio::time::timeout_at;
use tracing::{debug, info, warn};
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, Acceptor, ConnectRequest, Handshake, Session, Timestamp, VerifyError,
};

use crate::deadline::Prompt;
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
    let pending = match timeout_at(deadline, read_connect(&mut link)).await {
        Ok(Ok(Some(pending))) => pending,
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
    let (session, mut place, answer) = match admit(gateway, &pending, transport, address).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(gateway, link, refusal).await,
    };
    drop(permit);
    link.admitted();
    let uid = session.verified().uid().to_owned();
    info!(%address, uid, "connected");
    let ended = async {
        send_now(&mut link, session.protocol(), answer).await?;
        let rest = pending.into_remaining();
        session::run(gateway, &mut link, &session, &mut place, rest).await
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
    let mut acceptor = Acceptor::new();
    while let Some(portion) = link.receive().await? {
        let received = acceptor.push(&portion).map_err(io::Error::other)?;
        if received.is_some() {
            return Ok(received);
        }
    }
    Ok(None)
}

/// What a refused connection is answered, and why it was refused.
struct Refusal {
    protocol: Protocol,
    answer: Vec<u8>,
    why: Why,
}

enum Why {
    /// The CONNECT, or the client's key, is no use.
    Handshake(Box<dyn std::error::Error + Send + Sync>),
    /// The token is not accepted.
    Token(VerifyError),
}

/// Verifies the client and registers its session; gives the answer with it.
async fn admit(
    gateway: &Gateway,
    pending: &ConnectRequest,
    transport: Transport,
    address: SocketAddr,
) -> Result<(Session, Place, Vec<u8>), Refusal> {
    let mut answer = Vec::new();
    let handshake = match pending.handshake() {
        Ok(handshake) => handshake,
        Err(error) => {
            return Err(Refusal {
                // What cannot be read is not answered, in whichever protocol.
                protocol: Protocol::Wkproto,
                answer,
                why: Why::Handshake(error.into()),
            });
        }
    };
    let protocol = handshake.protocol();
    let credentials = handshake.credentials();
    let facts = credentials
        .facts
        .with_transport(transport)
        .with_address(address);
    let credentials = credentials.with_facts(facts);
    // Registered first and looked up then: a revocation before the look-up is seen by it, one after
    // it finds the session and closes it.
    let place = gateway.sessions.register(&credentials);
    let (store, now) = (Prompt(&gateway.store), Timestamp::now());
    let verdict = gateway.verifier.verdict_async(&store, &credentials, now);
    let verified = match verdict.await {
        Ok(verified) => verified,
        Err(error) => return Err(refusal(&handshake, error)),
    };
    let options = AcceptOptions::new(Timestamp::now())
        .with_node_id(gateway.node_id)
        .with_keys(gateway.keys);
    let accepted = handshake
        .clone()
        .accept(verified, &options, &gateway.random, &mut answer);
    match accepted {
        Ok(session) => {
            place.settle(session.verified(), credentials.device_id);
            Ok((session, place, answer))
        }
        Err(refused) => Err(Refusal {
            protocol,
            answer,
            why: Why::Handshake(refused.into()),
        }),
    }
}

fn refusal(handshake: &Handshake<'_>, error: VerifyError) -> Refusal {
    let mut answer = Vec::new();
    let _disposition = handshake.clone().reject(&error, &mut answer); // either way: answer, flush, close
    Refusal {
        protocol: handshake.protocol(),
        answer,
        why: Why::Token(error),
    }
}

/// Answers first. The diagnosis asks the store again, and its cause is for our log alone.
async fn refuse(gateway: &Gateway, mut link: impl Link, refusal: Refusal) {
    if !refusal.answer.is_empty() {
        let _ = send_now(&mut link, refusal.protocol, refusal.answer).await;
    }
    link.close().await;
    match refusal.why {
        Why::Handshake(error) => warn!("refused: {error}"),
        Why::Token(error) => {
            // Reports the refusal, its cause and the fix (the crate's feature `tracing`).
            let store = Prompt(&gateway.store);
            let error = gateway.verifier.diagnose_async(&store, error).await;
            // It names no store's own words: they may hold anything. Ours do not.
            if let Some(fault) = error.source() {
                warn!("the store could not tell: {fault}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
