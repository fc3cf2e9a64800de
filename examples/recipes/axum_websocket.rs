//! A WebSocket handler of axum, for the binary protocol and JSON-RPC alike.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::timeout;
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, Protocol, Session, SystemRandom, Timestamp,
    verify_async,
};

// recipe: axum
/// `Router::new().route("/", any(connect::<MyStore>)).with_state(Arc::new(store))`
pub async fn connect<S: AsyncTokenStore + Send + 'static>(
    upgrade: WebSocketUpgrade,
    State(store): State<Arc<S>>,
) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let handshake = shake_hands(&mut socket, &*store);
        if let Ok(Some(session)) = timeout(Duration::from_secs(5), handshake).await {
            println!("{} is in", session.verified().uid()); // … and on with the messages
        }
    })
}

async fn shake_hands(socket: &mut WebSocket, store: &impl AsyncTokenStore) -> Option<Session> {
    let mut acceptor = Acceptor::new();
    let pending = loop {
        let received = match socket.recv().await?.ok()? {
            Message::Binary(bytes) => acceptor.receive(&bytes),
            Message::Text(text) => acceptor.receive(text.as_bytes()),
            _ => continue, // axum answers pings
        };
        match received {
            Ok(Some(pending)) => break pending,
            Ok(None) => {}
            Err(error) => return complain(&error), // dropping the socket closes it
        }
    };
    let handshake = match pending.handshake() {
        Ok(handshake) => handshake,
        Err(error) => return complain(&error),
    };
    let (now, protocol, mut reply) = (Timestamp::now(), handshake.protocol(), Vec::new());
    let session = match verify_async(store, &handshake.credentials(), now).await {
        Ok(verified) => handshake
            .accept(
                verified,
                &AcceptOptions::new(now),
                &SystemRandom::new(),
                &mut reply,
            )
            .map_or_else(|refused| complain(&refused), Some),
        Err(error) => {
            handshake.reject(&error, &mut reply);
            eprintln!("{error}\n  fix: {}", error.fix());
            None
        }
    };
    if !reply.is_empty() {
        let reply = match protocol {
            Protocol::Wkproto => Message::binary(reply),
            _ => Message::text(String::from_utf8(reply).ok()?), // JSON-RPC
        };
        socket.send(reply).await.ok()?;
    }
    session
}

fn complain<T>(error: &dyn std::error::Error) -> Option<T> {
    eprintln!("{error}");
    None
}
// recipe ends
