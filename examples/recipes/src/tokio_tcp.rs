//! A TCP server on tokio, for any store with asynchronous lookups.

// recipe: tokio
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, HandshakeError, KeyPolicy, Session,
    Timestamp, Verifier,
};

/// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

static VERIFIER: Verifier = Verifier::new();

/// The time limit for the whole handshake, including the store's lookup.
const TIMEOUT: Duration = Duration::from_secs(5);

/// `max_connections` should stay below the file descriptors that the process may have.
pub async fn serve<S>(
    listener: TcpListener,
    store: Arc<S>,
    max_connections: usize,
) -> io::Result<()>
where
    S: AsyncTokenStore + Send + 'static,
{
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
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let _place = place;
            match timeout(TIMEOUT, shake_hands(stream, &*store)).await {
                Ok(Ok((mut stream, session, remaining))) => {
                    println!("{peer}: {} connected", session.verified().uid());
                    // … replace this with your own code. Process `remaining` first. Dropping
                    // the stream disconnects the client.
                    let _ = (remaining, copy(&mut stream, &mut sink()).await);
                }
                Ok(Err(error)) => eprintln!("{peer}: {error:#}"),
                Err(_) => eprintln!("{peer}: no handshake within {TIMEOUT:?}"),
            }
        });
    }
}

/// Returns the stream, the session, and what the client sent after its CONNECT.
async fn shake_hands(
    mut stream: TcpStream,
    store: &impl AsyncTokenStore,
) -> Result<(TcpStream, Session, Vec<u8>), BoxError> {
    let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
    let request = loop {
        let len = stream.read(&mut chunk).await?;
        if len == 0 {
            return Err("connection closed before CONNECT".into());
        }
        if let Some(request) = acceptor.push(&chunk[..len])? {
            break request;
        }
    };
    let handshake = request.handshake()?;
    let credentials = handshake.credentials();
    let verdict = VERIFIER.verdict_async(store, &credentials, Timestamp::now());
    let answer = handshake.answer(verdict.await, &OPTIONS);
    stream.write_all(&answer.reply).await?; // empty after a store failure: closing makes SDKs reconnect
    match answer.outcome {
        Ok(session) => Ok((stream, session, request.into_remaining())),
        Err(HandshakeError::NotVerified(error)) => {
            // The client goes first: it must not learn how long it takes to find the cause.
            drop(stream);
            Err(VERIFIER.diagnose_async(store, error).await.into())
        }
        Err(error) => Err(error.into()),
    }
}
// recipe ends
