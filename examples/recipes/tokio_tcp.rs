//! A TCP server on tokio, over any store whose look-up waits.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wukongim_auth::{
    AcceptOptions, Acceptor, AsyncTokenStore, Session, SystemRandom, Timestamp, verify_async,
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
                Ok(Ok(Some(session))) => println!("{peer}: {} is in", session.verified().uid()),
                Ok(Ok(None)) => {} // refused, and logged
                Ok(Err(error)) => eprintln!("{peer}: {error}"),
                Err(_) => eprintln!("{peer}: no handshake within 5 s"),
            }
        });
    }
}

async fn shake_hands(
    stream: &mut TcpStream,
    store: &impl AsyncTokenStore,
) -> Result<Option<Session>, Box<dyn Error + Send + Sync>> {
    let (mut acceptor, mut portion) = (Acceptor::new(), [0; 1024]);
    let pending = loop {
        let len = stream.read(&mut portion).await?;
        if len == 0 {
            return Ok(None);
        }
        if let Some(pending) = acceptor.receive(&portion[..len])? {
            break pending;
        }
    };
    let (handshake, now, mut reply) = (pending.handshake()?, Timestamp::now(), Vec::new());
    let session = match verify_async(store, &handshake.credentials(), now).await {
        Ok(verified) => handshake
            .accept(
                verified,
                &AcceptOptions::new(now),
                &SystemRandom::new(),
                &mut reply,
            )
            .inspect_err(|refused| eprintln!("{refused}"))
            .ok(),
        Err(error) => {
            handshake.reject(&error, &mut reply);
            eprintln!("{error}\n  fix: {}", error.fix());
            None
        }
    };
    stream.write_all(&reply).await?; // nothing, where the store failed: closing is the answer
    Ok(session) // `pending.into_rest()` is what the client sent right behind its CONNECT
}
// recipe ends
