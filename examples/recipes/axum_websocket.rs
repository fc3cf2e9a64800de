//! A WebSocket handler of axum, for the binary protocol and JSON-RPC alike.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::timeout;
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, Protocol, Session, SystemRandom, Timestamp,
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
        match timeout(Duration::from_secs(5), handshake).await {
            Ok(Ok(session)) => {
                println!("{} is in", session.verified().uid());
                while let Some(Ok(_message)) = socket.recv().await {} // … in place of your own code
            }
            Ok(Err(error)) => eprintln!("{error:#}"), // dropping the socket closes it
            Err(_) => eprintln!("no handshake within 5 s"),
        }
    })
}

async fn shake_hands(
    socket: &mut WebSocket,
    store: &impl AsyncTokenStore,
) -> Result<Session, BoxError> {
    let mut acceptor = Acceptor::new();
    let pending = loop {
        let received = match socket
            .recv()
            .await
            .ok_or("gone before it said who it is")??
        {
            Message::Binary(bytes) => acceptor.receive(&bytes)?,
            Message::Text(text) => acceptor.receive(text.as_bytes())?,
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
    Ok(answer?)
}
// recipe ends
