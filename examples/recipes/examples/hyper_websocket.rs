//! A WebSocket server on hyper and tokio-tungstenite, without a web framework.
//!
//! `cargo run -p wukongim-recipes --example hyper_websocket` listens on 127.0.0.1:5200, for the user
//! `alice` with the token `s3cret` for WEB.

#[path = "../src/keep_alive.rs"]
// recipe: hyper
mod keep_alive; // "Answer PING" of the recipes

use std::string::FromUtf8Error;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, on};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use wukongim_auth::frame::Limits;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, AsyncTokenStore, BoxError, DeviceFlag, DeviceLevel, Handshake, HandshakeError,
    KeyPolicy, MemoryStore, Ready, Session, Timestamp, Token, TokenRecord, Verifier,
};

use keep_alive::answer_pings;

/// The official binary SDKs need session keys; the EasySDKs, which speak JSON-RPC, have none.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

/// For a store that holds digests, add `.with_stored_form(SecretForm::Digest)`.
static VERIFIER: Verifier = Verifier::new();

/// The longest message, in bytes. The default of 64 MiB is too much for an unauthenticated client.
const LIMIT: usize = 64 << 10;

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

pub async fn serve<S: AsyncTokenStore + Send + 'static>(listener: TcpListener, store: Arc<S>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
            continue;
        };
        tokio::spawn(serve_http(stream, Arc::clone(&store)));
    }
}

async fn serve_http<S: AsyncTokenStore + Send + 'static>(stream: TcpStream, store: Arc<S>) {
    let service = service_fn(|mut request: Request<Incoming>| {
        let response = switch_protocols(&request);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            tokio::spawn(serve_websocket(on(&mut request), Arc::clone(&store)));
        }
        async { Ok::<_, std::convert::Infallible>(response) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(5));
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        eprintln!("{error}");
    }
}

/// Answers 101 to a WebSocket's opening handshake, and 426 to everything else.
fn switch_protocols(request: &Request<Incoming>) -> Response<String> {
    let mut response = Response::new(String::new());
    let headers = response.headers_mut();
    headers.insert(UPGRADE, "websocket".parse().expect("ASCII"));
    let key = request.headers().get(SEC_WEBSOCKET_KEY);
    let accept = key.and_then(|key| derive_accept_key(key.as_bytes()).parse().ok());
    match accept {
        Some(accept) => {
            headers.insert(CONNECTION, "upgrade".parse().expect("ASCII"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        }
        None => *response.status_mut() = StatusCode::UPGRADE_REQUIRED,
    }
    response
}

async fn serve_websocket(upgrade: OnUpgrade, store: Arc<impl AsyncTokenStore>) {
    let Ok(upgraded) = upgrade.await else { return };
    let limits = WebSocketConfig::default()
        .max_message_size(Some(LIMIT))
        .max_frame_size(Some(LIMIT));
    let stream = TokioIo::new(upgraded);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(limits)).await;
    match timeout(Duration::from_secs(5), shake_hands(socket, &*store)).await {
        Ok(Ok((socket, session, remaining))) => {
            println!("{} connected", session.verified().uid());
            if let Err(error) = converse(socket, &session, remaining).await {
                eprintln!("{}: {error}", session.verified().uid());
            }
        }
        Ok(Err(error)) => eprintln!("{error:#}"),
        Err(_) => eprintln!("no handshake within 5 s"),
    }
}

/// The session: answers PINGs, for now. `received` begins with what the client sent after its request.
async fn converse(
    mut socket: Socket,
    session: &Session,
    mut received: Vec<u8>,
) -> Result<(), BoxError> {
    loop {
        let reply = answer_pings(session.protocol(), &mut received)?;
        if !reply.is_empty() {
            socket.send(message(session.protocol(), reply)?).await?;
        }
        match socket.next().await.transpose()? {
            Some(Message::Binary(bytes)) => received.extend_from_slice(&bytes),
            Some(Message::Text(text)) => received.extend_from_slice(text.as_bytes()),
            Some(_) => {} // tungstenite answers the pings of WebSocket itself
            None => return Ok(()),
        }
    }
}

/// In the kind of message that the protocol uses.
fn message(protocol: Protocol, bytes: Vec<u8>) -> Result<Message, FromUtf8Error> {
    Ok(match protocol {
        Protocol::Wkproto => Message::binary(bytes),
        _ => Message::text(String::from_utf8(bytes)?), // JSON-RPC
    })
}

/// Returns the socket, the session, and what the client sent after its request in the same message.
async fn shake_hands(
    mut socket: Socket,
    store: &impl AsyncTokenStore,
) -> Result<(Socket, Session, Vec<u8>), BoxError> {
    let request = loop {
        match socket
            .next()
            .await
            .ok_or("connection closed before CONNECT")??
        {
            Message::Binary(bytes) => break bytes,
            Message::Text(text) => break text.into(),
            _ => {} // tungstenite answers pings
        }
    };
    let (handshake, remaining) = Handshake::read_with_json_rpc(&request, Limits::default())?;
    let credentials = handshake.credentials();
    let verdict = VERIFIER.verdict_async(store, &credentials, Timestamp::now());
    let answer = handshake.answer(verdict.await, &OPTIONS);
    // Empty after a store failure: closing without an answer makes SDKs reconnect.
    if !answer.reply.is_empty() {
        let reply = message(handshake.protocol(), answer.reply)?;
        socket.send(reply).await?;
    }
    if answer.outcome.is_err() {
        // Otherwise, SDKs log that the connection broke (code 1006).
        let _ = socket.close(None).await;
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

#[tokio::main]
pub async fn main() -> Result<(), BoxError> {
    let store = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::Web, record);
    let listener = TcpListener::bind("127.0.0.1:5200").await?;
    serve(listener, Arc::new(Ready(store))).await;
    Ok(())
}
// recipe ends
