//! A WebSocket handler for axum that serves both the binary protocol and JSON-RPC.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::timeout;
use wukongim_auth::frame::Limits;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, AsyncTokenStore, BoxError, Handshake, KeyPolicy, Session, Timestamp,
    verify_async,
};

// recipe: axum
/// The official binary SDKs need session keys; the EasySDKs, which speak JSON-RPC, have none.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

/// The longest message of a session, in bytes.
const LIMIT: usize = 64 << 10;

/// `Router::new().route("/", any(connect::<MyStore>)).with_state(Arc::new(store))`
pub async fn connect<S: AsyncTokenStore + Send + 'static>(
    upgrade: WebSocketUpgrade,
    State(store): State<Arc<S>>,
) -> Response {
    // axum's own limits are megabytes, which an unauthenticated client could make it buffer.
    let upgrade = upgrade.max_message_size(LIMIT).max_frame_size(LIMIT);
    upgrade.on_upgrade(async move |mut socket| {
        let handshake = shake_hands(&mut socket, &*store);
        match timeout(Duration::from_secs(5), handshake).await {
            Ok(Ok((session, _remaining))) => {
                println!("{} connected", session.verified().uid());
                // … your own code in place of this. It processes the remaining bytes first.
                while let Some(Ok(_message)) = socket.recv().await {}
            }
            Ok(Err(error)) => eprintln!("{error:#}"), // dropping the socket closes it
            Err(_) => eprintln!("no handshake within 5 s"),
        }
    })
}

/// Returns the session, and what the client sent after its request in the same message.
async fn shake_hands(
    socket: &mut WebSocket,
    store: &impl AsyncTokenStore,
) -> Result<(Session, Vec<u8>), BoxError> {
    // SDKs send their request as one message: it is read where it is, without an `Acceptor`.
    let request = loop {
        let message = socket.recv().await;
        match message.ok_or("connection closed before CONNECT")?? {
            Message::Binary(bytes) => break bytes,
            Message::Text(text) => break text.into(),
            _ => {} // axum answers pings
        }
    };
    let (handshake, remaining) = Handshake::read_with_json_rpc(&request, Limits::default())?;
    let verdict = verify_async(store, &handshake.credentials(), Timestamp::now()).await;
    let answer = handshake.answer(verdict, &OPTIONS);
    // Empty after a store failure: closing without an answer makes SDKs reconnect.
    if !answer.reply.is_empty() {
        let message = match handshake.protocol() {
            Protocol::Wkproto => Message::binary(answer.reply),
            _ => Message::text(String::from_utf8(answer.reply)?), // JSON-RPC
        };
        socket.send(message).await?;
    }
    Ok((answer.outcome?, remaining.to_vec()))
}
// recipe ends
