//! A TCP server on tokio, over any store whose look-up waits.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, BoxError, Session, SystemRandom, Timestamp,
    verify_async,
};

// recipe: tokio
pub async fn serve<S>(listener: TcpListener, store: Arc<S>) -> io::Result<()>
where
    S: AsyncTokenStore + Send + 'static,
{
    loop {
        let (mut stream, peer) = listener.accept().await?;
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let handshake = shake_hands(&mut stream, &*store);
            match timeout(Duration::from_secs(5), handshake).await {
                Ok(Ok((session, rest))) => {
                    println!("{peer}: {} is in", session.verified().uid());
                    // … in place of your own code, which reads `rest` first. Dropping the stream
                    // disconnects the client.
                    let _ = (rest, copy(&mut stream, &mut sink()).await);
                }
                Ok(Err(error)) => eprintln!("{peer}: {error:#}"),
                Err(_) => eprintln!("{peer}: no handshake within 5 s"),
            }
        });
    }
}

/// The session, and what the client sent right behind its CONNECT.
async fn shake_hands(
    stream: &mut TcpStream,
    store: &impl AsyncTokenStore,
) -> Result<(Session, Vec<u8>), BoxError> {
    let (mut acceptor, mut portion) = (Acceptor::new(), [0; 1024]);
    let pending = loop {
        let len = stream.read(&mut portion).await?;
        if len == 0 {
            return Err("gone before it said who it is".into());
        }
        if let Some(pending) = acceptor.push(&portion[..len])? {
            break pending;
        }
    };
    let (handshake, now, mut reply) = (pending.handshake()?, Timestamp::now(), Vec::new());
    let verdict = verify_async(store, &handshake.credentials(), now).await;
    let (options, random) = (AcceptOptions::new(now), SystemRandom::new());
    let answer = handshake.answer(verdict, &options, &random, &mut reply);
    stream.write_all(&reply).await?; // nothing, where the store failed: closing is the answer
    Ok((answer?, pending.into_remaining()))
}
// recipe ends
