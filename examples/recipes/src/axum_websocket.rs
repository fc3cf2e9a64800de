//! A WebSocket handler for axum that serves both the binary protocol and JSON-RPC.

// recipe: axum
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use wukongim_auth::frame::Limits;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, AsyncTokenStore, BoxError, Handshake, HandshakeError, KeyPolicy, Session,
    Timestamp, Verifier,
};

/// The official binary SDKs need session keys; the EasySDKs, which speak JSON-RPC, have none.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

static VERIFIER: Verifier = Verifier::new();

/// The time limit for the head of an HTTP request, and then for the handshake.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest message of a session, in bytes.
const LIMIT: usize = 64 << 10;

/// Replaces `axum::serve`, which waits for a request as long as the client likes, and accepts
/// connections without a limit. `max_connections` should stay below the file descriptors that the
/// process may have.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(max_connections));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most likely out of file descriptors, which passes as connections end.
                eprintln!("cannot accept: {error}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            eprintln!("{peer}: too many connections");
            continue; // drops the stream, which closes it
        };
        // Goes through the router to the handler that owns the WebSocket.
        let service = router.clone().layer(Extension(Arc::new(place)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .with_upgrades();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

/// `Router::new().route("/", any(connect::<MyStore>)).with_state(Arc::new(store))`
pub async fn connect<S: AsyncTokenStore + Send + 'static>(
    upgrade: WebSocketUpgrade,
    State(store): State<Arc<S>>,
    Extension(place): Extension<Arc<OwnedSemaphorePermit>>,
) -> Response {
    // axum's own limits are megabytes, which an unauthenticated client could make it buffer.
    let upgrade = upgrade.max_message_size(LIMIT).max_frame_size(LIMIT);
    upgrade.on_upgrade(async move |socket| {
        let _place = place;
        match timeout(TIMEOUT, shake_hands(socket, &*store)).await {
            Ok(Ok((mut socket, session, _remaining))) => {
                println!("{} connected", session.verified().uid());
                // … replace this with your own code. Process the remaining bytes first.
                while let Some(Ok(_message)) = socket.recv().await {}
            }
            Ok(Err(error)) => eprintln!("{error:#}"),
            Err(_) => eprintln!("no handshake within {TIMEOUT:?}"),
        }
    })
}

/// Returns the socket, the session, and what the client sent after its request in the same message.
async fn shake_hands(
    mut socket: WebSocket,
    store: &impl AsyncTokenStore,
) -> Result<(WebSocket, Session, Vec<u8>), BoxError> {
    // SDKs send their request as one message, so it is read in place, without an `Acceptor`.
    let request = loop {
        let message = socket.recv().await;
        match message.ok_or("connection closed before CONNECT")?? {
            Message::Binary(bytes) => break bytes,
            Message::Text(text) => break text.into(),
            _ => {} // axum answers pings
        }
    };
    let (handshake, remaining) = Handshake::read_with_json_rpc(&request, Limits::default())?;
    let credentials = handshake.credentials();
    let verdict = VERIFIER.verdict_async(store, &credentials, Timestamp::now());
    let answer = handshake.answer(verdict.await, &OPTIONS);
    // Empty after a store failure: closing without an answer makes SDKs reconnect.
    if !answer.reply.is_empty() {
        let message = match handshake.protocol() {
            Protocol::Wkproto => Message::binary(answer.reply),
            _ => Message::text(String::from_utf8(answer.reply)?), // JSON-RPC
        };
        socket.send(message).await?;
    }
    match answer.outcome {
        Ok(session) => Ok((socket, session, remaining.to_vec())),
        Err(HandshakeError::NotVerified(error)) => {
            // The client goes first: it must not learn how long it takes to find the cause.
            drop(socket); // closes it
            Err(VERIFIER.diagnose_async(store, error).await.into())
        }
        Err(error) => Err(error.into()),
    }
}
// recipe ends
