//! A connection from its first byte to the answer to its CONNECT: the part that decides.

mod reject;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::timeout_at;
use tracing::{info, warn};
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::frame::Limits;
use wukongim_auth::{Acceptor, Answer, ConnectRequest, Handshake, Session, Timestamp};
use wukongim_serving::arrival::Arrival;
use wukongim_serving::metrics;
use wukongim_serving::peer_text::PeerText;
use wukongim_serving::refusal_kind;
use wukongim_serving::shutdown::StopListener;

use reject::{Rejected, reject};

use crate::deadline::Prompt;
use crate::expiry;
use crate::gateway::Gateway;
use crate::no_request::NoRequest;
use crate::refused::refused;
use crate::session;
use crate::sessions::Place;
use crate::transport::{Connection, in_time, send_now};

/// Serves one connection to its end.
pub async fn serve(
    gateway: &Gateway,
    connection: impl Connection,
    transport: Transport,
    arrival: Arrival,
    stop: StopListener,
) {
    // On the heap until it is done: a session lasts long, and would otherwise keep the memory that
    // this needs.
    let accepted = Box::pin(accept(gateway, connection, transport, arrival, stop)).await;
    if let Some(accepted) = accepted {
        stay(gateway, accepted).await;
    }
}

/// A client that is accepted, but has not been answered yet.
struct Accepted<C> {
    connection: C,
    address: SocketAddr,
    session: Arc<Session>,
    place: Place,
    reply: Vec<u8>,
    remaining: Vec<u8>,
}

/// Reads the request to connect, and decides. `None` if the connection is over. After this, the
/// connection learns of the server's shutdown as a session.
async fn accept<C: Connection>(
    gateway: &Gateway,
    mut connection: C,
    transport: Transport,
    arrival: Arrival,
    mut stop: StopListener,
) -> Option<Accepted<C>> {
    let Arrival {
        deadline,
        address,
        permit,
    } = arrival;
    let read = timeout_at(deadline, read_request(&mut connection, gateway.limits));
    let read = tokio::select! {
        read = read => Some(read),
        () = stop.begun() => None,
    };
    let Some(read) = read else {
        connection.close().await;
        return None;
    };
    let request = match read {
        Ok(Ok(Some(request))) => request,
        Ok(Ok(None)) => {
            let reason = "closed before its CONNECT";
            refused(gateway, address, refusal_kind::GONE, reason);
            connection.close().await;
            return None;
        }
        Ok(Err(error)) => {
            refused(gateway, address, error.kind(), error);
            connection.close().await;
            return None;
        }
        Err(_) => {
            refused(gateway, address, refusal_kind::SILENT, "no CONNECT in time");
            connection.close().await;
            return None;
        }
    };
    let handshake = match request.handshake() {
        Ok(handshake) => handshake,
        Err(error) => {
            // A request that cannot be read gets no answer.
            let error = NoRequest::from(error);
            gateway.metrics.refused(error.kind());
            warn!(peer = %address, label = error.kind(), "refused: {error}");
            connection.close().await;
            return None;
        }
    };
    let protocol = handshake.protocol();
    let (place, answer) = verify(gateway, &handshake, transport, address).await;
    let session = match answer.outcome {
        Ok(session) => Arc::new(session),
        Err(error) => {
            drop(place);
            let rejected = Rejected {
                address,
                protocol,
                reply: answer.reply,
                error,
            };
            reject(gateway, connection, rejected).await;
            return None;
        }
    };
    if connection.has_gone() {
        // It is not a session, and displaces none.
        gateway.metrics.refused(refusal_kind::GONE);
        let uid = PeerText(session.verified().uid()).to_string();
        info!(peer = %address, label = refusal_kind::GONE, uid, "gone before its verdict");
        return None;
    }
    gateway.metrics.handshake(metrics::OK);
    let changed = place.settle(&session);
    drop(permit);
    connection.admitted();
    if let Some(pair) = changed {
        expiry::hold_changed(gateway, &pair).await;
    }
    Some(Accepted {
        connection,
        address,
        session,
        place,
        reply: answer.reply,
        remaining: request.into_remaining(),
    })
}

/// From the answer to the end of the session.
async fn stay<C: Connection>(gateway: &Gateway, accepted: Accepted<C>) {
    let Accepted {
        mut connection,
        address,
        session,
        mut place,
        reply,
        remaining,
    } = accepted;
    let uid = PeerText(session.verified().uid()).to_string();
    info!(peer = %address, uid, "connected");
    let ended = async {
        send_now(&mut connection, session.protocol(), reply).await?;
        // Only now: a client that cannot be answered displaces no session.
        place.displace(&session);
        session::run(gateway, &mut connection, &session, &mut place, remaining).await
    };
    let ended = ended.await;
    // Pending bytes are still written, unless writing them was what took too long.
    if !matches!(&ended, Err(error) if error.kind() == io::ErrorKind::TimedOut) {
        let _ = in_time(connection.flush()).await;
    }
    match ended {
        Ok(()) => info!(peer = %address, uid, "disconnected"),
        Err(error) => info!(peer = %address, uid, "disconnected: {error}"),
    }
    connection.close().await;
}

async fn read_request(
    connection: &mut impl Connection,
    limits: Limits,
) -> Result<Option<ConnectRequest>, NoRequest> {
    let mut acceptor = Acceptor::new().with_limits(limits).with_json_rpc();
    while let Some(chunk) = connection.receive().await? {
        let request = acceptor.push(&chunk)?;
        if request.is_some() {
            return Ok(request);
        }
    }
    Ok(None)
}

/// Verifies the client, and returns the answer with the place of its session.
async fn verify(
    gateway: &Gateway,
    handshake: &Handshake<'_>,
    transport: Transport,
    address: SocketAddr,
) -> (Place, Answer) {
    let credentials = handshake
        .credentials()
        .with_transport(transport)
        .with_address(address);
    // Registered first and looked up afterwards: the lookup sees a revocation from before, and a
    // later one finds the session and closes it.
    let place = gateway.sessions.register(&credentials);
    let (store, now) = (Prompt(&gateway.store), Timestamp::now());
    let verdict = gateway.verifier.verdict_async(&store, &credentials, now);
    (place, handshake.answer(verdict.await, &gateway.accept))
}

#[cfg(test)]
mod tests;
