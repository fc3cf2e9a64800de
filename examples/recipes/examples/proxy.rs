//! A proxy in front of a WuKongIM server that checks no tokens: it reads the CONNECT, verifies, and forwards
//! the bytes unchanged.
//!
//! `cargo run -p wukongim-recipes --example proxy -- 127.0.0.1:5100` guards the server at that address,
//! listens on 127.0.0.1:5200, and accepts the user `alice` with the token `s3cret` for APP.

// recipe: proxy
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, ConnectRequest, DeviceFlag, DeviceLevel,
    HandshakeError, KeyPolicy, MemoryStore, Ready, Timestamp, Token, TokenRecord, Verifier,
};

/// Only rejections are answered here: the server agrees on session keys with the client.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Never);

static VERIFIER: Verifier = Verifier::new();

pub async fn serve<S>(listener: TcpListener, upstream: String, store: Arc<S>)
where
    S: AsyncTokenStore + Send + 'static,
{
    loop {
        let Ok((client, peer)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
            continue;
        };
        let (upstream, store) = (upstream.clone(), Arc::clone(&store));
        tokio::spawn(async move {
            if let Err(error) = guard(client, &upstream, &*store).await {
                eprintln!("{peer}: {error:#}");
            }
        });
    }
}

async fn guard(
    mut client: TcpStream,
    upstream: &str,
    store: &impl AsyncTokenStore,
) -> Result<(), BoxError> {
    let request = timeout(Duration::from_secs(5), read_request(&mut client)).await??;
    let handshake = request.handshake()?;
    let credentials = handshake.credentials();
    let verdict = VERIFIER.verdict_async(store, &credentials, Timestamp::now());
    let verdict = verdict.await;
    if verdict.is_err() {
        let answer = handshake.answer(verdict, &OPTIONS);
        client.write_all(&answer.reply).await?; // empty after a store failure
        drop(client); // it goes first: it must not learn how long it takes to find the cause
        return match answer.outcome {
            Err(HandshakeError::NotVerified(error)) => {
                Err(VERIFIER.diagnose_async(store, error).await.into())
            }
            outcome => outcome.map(drop).map_err(Into::into),
        };
    }
    // If the server is down, the client is disconnected without an answer, and retries.
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(&request.into_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn read_request(client: &mut TcpStream) -> Result<ConnectRequest, BoxError> {
    let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
    loop {
        let len = client.read(&mut chunk).await?;
        if len == 0 {
            return Err("connection closed before CONNECT".into());
        }
        if let Some(request) = acceptor.push(&chunk[..len])? {
            return Ok(request);
        }
    }
}

#[tokio::main]
pub async fn main() -> Result<(), BoxError> {
    let upstream = std::env::args().nth(1);
    let upstream = upstream.unwrap_or_else(|| "127.0.0.1:5100".to_owned());
    let store = MemoryStore::new(); // or the store that your business server writes to
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.insert("alice", DeviceFlag::App, record);
    let listener = TcpListener::bind("127.0.0.1:5200").await?;
    serve(listener, upstream, Arc::new(Ready(store))).await;
    Ok(())
}
// recipe ends
