//! A thread for each connection, no async anywhere.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wukongim_auth::{
    AcceptOptions, Acceptor, Session, SystemRandom, Timestamp, TokenStore, verify,
};

// recipe: threads
pub fn serve<S>(listener: &TcpListener, store: &Arc<S>) -> io::Result<()>
where
    S: TokenStore + Send + Sync + 'static,
{
    loop {
        let (mut stream, peer) = listener.accept()?;
        let store = Arc::clone(store);
        thread::spawn(move || match shake_hands(&mut stream, &*store) {
            Ok(Some(session)) => println!("{peer}: {} is in", session.verified().uid()),
            Ok(None) => {} // refused, and logged
            Err(error) => eprintln!("{peer}: {error}"),
        });
    }
}

fn shake_hands(
    stream: &mut TcpStream,
    store: &impl TokenStore,
) -> Result<Option<Session>, Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(5);
    let (mut acceptor, mut portion) = (Acceptor::new(), [0; 1024]);
    let pending = loop {
        // For the whole handshake: a byte a second must not hold the thread. None left is an error.
        stream.set_read_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
        let len = stream.read(&mut portion)?;
        if len == 0 {
            return Ok(None);
        }
        if let Some(pending) = acceptor.receive(&portion[..len])? {
            break pending;
        }
    };
    let (handshake, now, mut reply) = (pending.handshake()?, Timestamp::now(), Vec::new());
    let session = match verify(store, &handshake.credentials(), now) {
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
    stream.write_all(&reply)?; // nothing, where the store failed: closing is the answer
    Ok(session)
}
// recipe ends
