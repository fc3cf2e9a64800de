//! A thread for each connection, no async anywhere.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
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
            Ok((session, rest)) => {
                println!("{peer}: {} is in", session.verified().uid());
                // … in place of your own code, which reads `rest` first. Dropping the stream
                // disconnects the client.
                let _ = (rest, io::copy(&mut stream, &mut io::sink()));
            }
            Err(error) => eprintln!("{peer}: {error:#}"),
        });
    }
}

/// The session, and what the client sent right behind its CONNECT.
fn shake_hands(
    stream: &mut TcpStream,
    store: &impl TokenStore,
) -> Result<(Session, Vec<u8>), Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(5);
    let (mut acceptor, mut portion) = (Acceptor::new(), [0; 1024]);
    let pending = loop {
        // For the whole handshake: a byte a second must not hold the thread.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("no handshake within 5 s".into());
        }
        stream.set_read_timeout(Some(left))?;
        let len = match stream.read(&mut portion) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue, // the time is over
            read => read?,
        };
        if len == 0 {
            return Err("gone before it said who it is".into());
        }
        if let Some(pending) = acceptor.push(&portion[..len])? {
            break pending;
        }
    };
    stream.set_read_timeout(None)?;
    let (handshake, now, mut reply) = (pending.handshake()?, Timestamp::now(), Vec::new());
    let verdict = verify(store, &handshake.credentials(), now);
    let (options, random) = (AcceptOptions::new(now), SystemRandom::new());
    let answer = handshake.answer(verdict, &options, &random, &mut reply);
    stream.write_all(&reply)?; // nothing, where the store failed: closing is the answer
    Ok((answer?, pending.into_remaining()))
}
// recipe ends
