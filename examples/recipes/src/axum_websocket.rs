//! A WebSocket handler of axum, for the binary protocol and JSON-RPC alike.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::timeout;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, Session, SystemRandom, Timestamp,
    verify_async,
};

// recipe: axum
/// The longest message of a session, in bytes.
const LIMIT: usize = 64 << 10;

/// `Router::new().route("/", any(connect::<MyStore>)).with_state(Arc::new(store))`
pub async fn connect<S: AsyncTokenStore + Send + 'static>(
    upgrade: WebSocketUpgrade,
    State(store): State<Arc<S>>,
) -> Response {
    // axum's own limits are of many megabytes, and a stranger's message would be held up to them.
    let upgrade = upgrade.max_message_size(LIMIT).max_frame_size(LIMIT);
    upgrade.on_upgrade(async move |mut socket| {
        let handshake = shake_hands(&mut socket, &*store);
        match timeout(Duration::from_secs(5), handshake).await {
            Ok(Ok((session, _rest))) => {
                println!("{} is in", session.verified().uid());
                // … in place of your own code, which reads the rest first.
                while let Some(Ok(_message)) = socket.recv().await {}
            }
            Ok(Err(error)) => eprintln!("{error:#}"), // dropping the socket closes it
            Err(_) => eprintln!("no handshake within 5 s"),
        }
    })
}

/// The session, and what came behind the CONNECT in the same message.
async fn shake_hands(
    socket: &mut WebSocket,
    store: &impl AsyncTokenStore,
) -> Result<(Session, Vec<u8>), BoxError> {
    let mut acceptor = Acceptor::new();
    let pending = loop {
        let received = match socket
            .recv()
            .await
            .ok_or("gone before it said who it is")??
        {
            Message::Binary(bytes) => acceptor.push(&bytes)?,
            Message::Text(text) => acceptor.push(text.as_bytes())?,
            _ => None, // axum answers pings
        };
        if let Some(pending) = received {
            break pending;
        }
    };
    let (handshake, now, mut reply) = (pending.handshake()?, Timestamp::now(), Vec::new());
    let protocol = handshake.protocol();
    let verdict = verify_async(store, &handshake.credentials(), now).await;
    let (options, random) = (AcceptOptions::new(now), SystemRandom::new());
    let answer = handshake.answer(verdict, &options, &random, &mut reply);
    if !reply.is_empty() {
        let message = match protocol {
            Protocol::Wkproto => Message::binary(reply),
            _ => Message::text(String::from_utf8(reply)?), // JSON-RPC
        };
        socket.send(message).await?;
    }
    Ok((answer?, pending.into_remaining()))
}
// recipe ends
