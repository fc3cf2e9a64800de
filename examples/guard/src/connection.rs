//! A connection from its first byte to its end: let through, refused, or closed without an answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use wukongim_auth::session::Protocol;
use wukongim_auth::{AcceptOptions, Answer, ConnectRequest, Handshake, KeyPolicy, Timestamp};
use wukongim_serving::arrival::Arrival;
use wukongim_serving::deadline::Prompt;
use wukongim_serving::metrics::OK;
use wukongim_serving::peer_text::PeerText;
use wukongim_serving::rejection::Rejection;
use wukongim_serving::sessions::Place;
use wukongim_serving::shutdown::StopListener;
use wukongim_serving::{linger, refusal_kind};

use crate::folded;
use crate::guard::{Guard, Mode};
use crate::opening::{NoRequest, Opening};
use crate::passage::{Lifetime, Passage};
use crate::refusal;
use crate::upstream::Upstream;

/// The most bytes read at a time before the verdict.
const CHUNK: usize = 4 * 1024;

/// Upstream accepts the client, and decides about keys, time and node; no reply of the guard's is
/// sent.
const NO_ANSWER: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);

/// What arrived before the deadline.
enum Came {
    Request(ConnectRequest),
    NoRequest(NoRequest),
    Silence,
    Nobody,
    /// Nothing before the guard stopped.
    Stop,
}

/// Serves one connection to its end.
pub async fn serve<O: Opening>(
    guard: &Guard,
    upstream: &Upstream,
    mut stream: TcpStream,
    mut opening: O,
    arrival: Arrival,
    mut stop: StopListener,
) {
    let Arrival {
        deadline,
        address,
        permit,
    } = arrival;
    let passage = Passage {
        guard,
        upstream,
        address,
        transport: O::TRANSPORT,
        uid: PeerText(""),
    };
    if guard.mode == Mode::Observe && !guard.learned.is_ready() {
        drop(permit);
        guard.report.unjudged();
        return passage.walk(stream, opening, Lifetime::Guard(stop)).await;
    }
    let came = tokio::select! {
        came = timeout_at(deadline, read(&mut stream, &mut opening)) => came.unwrap_or(Came::Silence),
        () = stop.begun() => Came::Stop,
    };
    let (label, fix) = match came {
        Came::Request(request) => match understood(&request) {
            Ok(handshake) => {
                let judged = judge(guard, &handshake, O::TRANSPORT, address).await;
                drop(permit);
                return conclude(passage, stream, opening, &handshake, judged, stop).await;
            }
            Err(error) => told(guard, address, &error),
        },
        Came::NoRequest(error) => told(guard, address, &error),
        Came::Silence => {
            let reason = "no CONNECT in time";
            guard
                .arrivals
                .refused(address, refusal_kind::SILENT, reason);
            (refusal_kind::SILENT, None)
        }
        Came::Nobody => {
            let reason = "gone before its CONNECT";
            return guard.arrivals.refused(address, refusal_kind::GONE, reason);
        }
        Came::Stop => {
            let written = refusal::send(&mut stream, &opening.going_away()).await;
            if written.is_ok() {
                linger::close(&mut stream).await;
            }
            return;
        }
    };
    drop(permit);
    guard.report.unreadable(label, fix);
    match guard.mode {
        // A request that cannot be read gets no answer.
        Mode::Enforce => linger::close(&mut stream).await,
        Mode::Observe => {
            let lifetime = Lifetime::Guard(stop);
            passage.walk(stream, opening, lifetime).await;
        }
    }
}

/// Closes without an answer, so that the SDK reconnects; does not wait for anything that may take
/// long.
pub async fn too_early(guard: &Guard, mut stream: TcpStream, arrival: Arrival) {
    let reason = "upstream's tokens are not known yet";
    let kind = refusal_kind::NOT_READY;
    guard.arrivals.refused(arrival.address, kind, reason);
    linger::close(&mut stream).await;
}

/// Reads the request to connect.
async fn read(stream: &mut TcpStream, opening: &mut impl Opening) -> Came {
    let mut chunk = opening.behind();
    loop {
        match opening.push(&chunk) {
            Ok(Some(request)) => return Came::Request(request),
            Ok(None) => {}
            Err(error) => return Came::NoRequest(error),
        }
        chunk.clear();
        chunk.reserve(CHUNK);
        match stream.read_buf(&mut chunk).await {
            Ok(0) | Err(_) => return Came::Nobody,
            Ok(_) => {}
        }
    }
}

/// The client's request, if upstream reads the same in it.
fn understood(request: &ConnectRequest) -> Result<Handshake<'_>, NoRequest> {
    let handshake = request.handshake()?;
    let is_json = handshake.protocol() == Protocol::JsonRpc;
    match is_json && folded::is_ambiguous(request.request_bytes()) {
        true => Err(NoRequest::Ambiguous),
        false => Ok(handshake),
    }
}

fn told(guard: &Guard, address: SocketAddr, error: &NoRequest) -> (&'static str, Option<String>) {
    guard.arrivals.refused(address, error.label(), error);
    (error.label(), error.fix())
}

/// The verdict, and the place of the connection if it becomes a session.
async fn judge(
    guard: &Guard,
    handshake: &Handshake<'_>,
    transport: wukongim_auth::diagnosis::Transport,
    address: SocketAddr,
) -> (Place, Answer) {
    let credentials = handshake
        .credentials()
        .with_transport(transport)
        .with_address(address);
    // Registered first and looked up afterwards: the lookup sees a revocation from before, and a
    // later one finds the session and ends it.
    let place = guard.sessions.register(&credentials);
    let (store, now) = (Prompt(&guard.store), Timestamp::now());
    let verdict = guard.verifier.verdict_async(&store, &credentials, now);
    (place, handshake.answer(verdict.await, &NO_ANSWER))
}

/// Lets the client through, or refuses it. The guard does not end before a refusal is sent; a
/// client that was let through learns of that end through its lifetime.
async fn conclude<O: Opening>(
    mut passage: Passage<'_>,
    mut stream: TcpStream,
    opening: O,
    handshake: &Handshake<'_>,
    (place, answer): (Place, Answer),
    stop: StopListener,
) {
    let guard = passage.guard;
    passage.uid = PeerText(handshake.credentials().uid);
    let error = match answer.outcome {
        Ok(session) => {
            guard.report.accepted();
            guard.metrics.handshake(OK);
            let session = Arc::new(session);
            if let Some(pair) = place.settle(&session) {
                wukongim_serving::expiry::hold_changed(guard, &pair).await;
            }
            let lifetime = match guard.mode {
                Mode::Enforce => Lifetime::Session(place),
                Mode::Observe => Lifetime::Guard(guard.stop.listen()),
            };
            drop(stop);
            return passage.walk(stream, opening, lifetime).await;
        }
        Err(error) => error,
    };
    drop(place);
    let rejection = Rejection::new(&guard.metrics, passage.address, &error);
    let rejection = match guard.mode {
        Mode::Enforce => rejection,
        Mode::Observe => rejection.let_through(),
    };
    let explained = async {
        refusal::explain(guard, rejection, error).await;
        drop(stop);
    };
    if guard.mode == Mode::Observe {
        // The cause is looked for after the client was answered.
        let lifetime = Lifetime::Guard(guard.stop.listen());
        tokio::join!(passage.walk(stream, opening, lifetime), explained);
        return;
    }
    let reply = match answer.reply.is_empty() {
        // The store failed: closing makes SDKs retry.
        true => Vec::new(),
        false => opening.refusal(handshake.protocol(), answer.reply),
    };
    let written: io::Result<()> = refusal::send(&mut stream, &reply).await;
    if written.is_ok() {
        linger::close(&mut stream).await;
    }
    drop(stream);
    explained.await;
}
