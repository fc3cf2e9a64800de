//! A thread for each connection, without async.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wukongim_auth::{AcceptOptions, Acceptor, KeyPolicy, Session, Timestamp, TokenStore, verify};

// recipe: threads
/// The official binary SDKs need session keys. `KeyPolicy::Never` is for clients of your own.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

pub fn serve<S>(listener: &TcpListener, store: &Arc<S>) -> io::Result<()>
where
    S: TokenStore + Send + Sync + 'static,
{
    loop {
        let (mut stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: it passes as connections end.
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let store = Arc::clone(store);
        let serve_one = move || match shake_hands(&mut stream, &*store) {
            Ok((session, remaining)) => {
                println!("{peer}: {} connected", session.verified().uid());
                // … your own code in place of this. It processes `remaining` first. Dropping the
                // stream disconnects the client.
                let _ = (remaining, io::copy(&mut stream, &mut io::sink()));
            }
            Err(error) => eprintln!("{peer}: {error:#}"),
        };
        // `thread::spawn` would panic if no thread can be made; this closes the one connection.
        if let Err(error) = thread::Builder::new().spawn(serve_one) {
            eprintln!("{peer}: no thread: {error}");
        }
    }
}

/// Returns the session, and what the client sent after its CONNECT.
fn shake_hands(
    stream: &mut TcpStream,
    store: &impl TokenStore,
) -> Result<(Session, Vec<u8>), Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(5);
    let (mut acceptor, mut chunk) = (Acceptor::new(), [0; 1024]);
    let request = loop {
        // For the whole handshake: a client that sends a byte a second must not hold the thread.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("no handshake within 5 s".into());
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
    let handshake = request.handshake()?;
    let verdict = verify(store, &handshake.credentials(), Timestamp::now());
    let answer = handshake.answer(verdict, &OPTIONS);
    stream.write_all(&answer.reply)?; // empty after a store failure: closing makes SDKs reconnect
    Ok((answer.outcome?, request.into_remaining()))
}
// recipe ends
