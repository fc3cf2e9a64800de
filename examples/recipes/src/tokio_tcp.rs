//! A TCP server on tokio, for any store with asynchronous lookups.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, KeyPolicy, Session, Timestamp, verify_async,
};

// recipe: tokio
/// The official binary SDKs need session keys. `KeyPolicy::Never` is for clients of your own.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

pub async fn serve<S>(listener: TcpListener, store: Arc<S>) -> io::Result<()>
where
    S: AsyncTokenStore + Send + 'static,
{
    loop {
        let (mut stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: it passes as connections end.
                eprintln!("cannot accept: {error}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let handshake = shake_hands(&mut stream, &*store);
            match timeout(Duration::from_secs(5), handshake).await {
                Ok(Ok((session, remaining))) => {
                    println!("{peer}: {} connected", session.verified().uid());
                    // … your own code in place of this. It processes `remaining` first. Dropping
                    // the stream disconnects the client.
                    let _ = (remaining, copy(&mut stream, &mut sink()).await);
                }
                Ok(Err(error)) => eprintln!("{peer}: {error:#}"),
                Err(_) => eprintln!("{peer}: no handshake within 5 s"),
            }
        });
    }
}

/// Returns the session, and what the client sent after its CONNECT.
async fn shake_hands(
    stream: &mut TcpStream,
    store: &impl AsyncTokenStore,
) -> Result<(Session, Vec<u8>), BoxError> {
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
    let verdict = verify_async(store, &handshake.credentials(), Timestamp::now()).await;
    let answer = handshake.answer(verdict, &OPTIONS);
    stream.write_all(&answer.reply).await?; // empty after a store failure: closing makes SDKs reconnect
    Ok((answer.outcome?, request.into_remaining()))
}
// recipe ends
