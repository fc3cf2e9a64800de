//! A thread for each connection, without async.

// recipe: threads
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wukongim_auth::{
    AcceptOptions, Acceptor, HandshakeError, KeyPolicy, Session, Timestamp, TokenStore, Verifier,
};

/// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

static VERIFIER: Verifier = Verifier::new();

/// The time limit for reading everything until the client is accepted, and for each answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// `max_connections` should stay below the file descriptors and the threads that the process may have.
pub fn serve<S>(listener: &TcpListener, store: &Arc<S>, max_connections: usize) -> io::Result<()>
where
    S: TokenStore + Send + Sync + 'static,
{
    // Each connection holds a clone, so that they can be counted.
    let open = Arc::new(());
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most likely out of file descriptors, which passes as connections end.
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        if Arc::strong_count(&open) > max_connections {
            eprintln!("{peer}: too many connections");
            continue; // drops the stream, which closes it
        }
        let (store, place) = (Arc::clone(store), Arc::clone(&open));
        let serve_one = move || {
            let _place = place;
            match shake_hands(stream, &*store) {
                Ok((mut stream, session, remaining)) => {
                    println!("{peer}: {} connected", session.verified().uid());
                    // … replace this with your own code. Process `remaining` first. Dropping
                    // the stream disconnects the client.
                    let _ = (remaining, io::copy(&mut stream, &mut io::sink()));
                }
                Err(error) => eprintln!("{peer}: {error:#}"),
            }
        };
        // `thread::spawn` panics if no thread can be created; this only closes the one connection.
        if let Err(error) = thread::Builder::new().spawn(serve_one) {
            eprintln!("{peer}: no thread: {error}");
        }
    }
}

/// Returns the stream, the session, and what the client sent after its CONNECT.
fn shake_hands(
    mut stream: TcpStream,
    store: &impl TokenStore,
) -> Result<(TcpStream, Session, Vec<u8>), Box<dyn Error>> {
    let deadline = Instant::now() + TIMEOUT;
    let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
    let request = loop {
        // For all reads together: a client that sends one byte per second must not hold the thread.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("no handshake in time".into());
        }
        stream.set_read_timeout(Some(left))?;
        let len = match stream.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue, // timed out
            read => read?,
        };
        if len == 0 {
            return Err("connection closed before CONNECT".into());
        }
        if let Some(request) = acceptor.push(&chunk[..len])? {
            break request;
        }
    };
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let handshake = request.handshake()?;
    let verdict = VERIFIER.verdict(store, &handshake.credentials(), Timestamp::now());
    let answer = handshake.answer(verdict, &OPTIONS);
    stream.write_all(&answer.reply)?; // empty after a store failure: closing makes SDKs reconnect
    match answer.outcome {
        Ok(session) => Ok((stream, session, request.into_remaining())),
        Err(HandshakeError::NotVerified(error)) => {
            // The client goes first: it must not learn how long it takes to find the cause.
            drop(stream);
            Err(VERIFIER.diagnose(store, error).into())
        }
        Err(error) => Err(error.into()),
    }
}
// recipe ends
