//! A TCP server on monoio: a thread for each core, io_uring, futures that stay on their thread.
//!
//! `cargo run -p wukongim-recipes --example monoio_tcp` listens on 127.0.0.1:5200, for the user `alice`
//! with the token `s3cret` for APP. Linux only; elsewhere it says so.

#[cfg(target_os = "linux")]
#[path = "../src/keep_alive.rs"]
#[allow(dead_code, reason = "the same file answers JSON-RPC")]
mod keep_alive;

#[cfg(target_os = "linux")]
pub mod on_linux {
    use super::keep_alive;

    // recipe: monoio
    use std::sync::Arc;
    use std::time::Duration;

    use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt};
    use monoio::net::{TcpListener, TcpStream};
    use monoio::time::{TimeDriver, sleep, timeout};
    use monoio::{FusionDriver, RuntimeBuilder};
    use wukongim_auth::{
        AcceptOptions, Acceptor, BoxError, DeviceFlag, DeviceLevel, HandshakeError, KeyPolicy,
        MemoryStore, Session, Timestamp, Token, TokenRecord, TokenStore, Verifier,
    };

    use keep_alive::answer_frames;

    /// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
    const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

    static VERIFIER: Verifier = Verifier::new();

    pub async fn serve<S: TokenStore + 'static>(listener: TcpListener, store: Arc<S>) {
        loop {
            let Ok((stream, peer)) = listener.accept().await else {
                sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
                continue;
            };
            let store = Arc::clone(&store);
            monoio::spawn(async move {
                let handshake = shake_hands(stream, &*store);
                match timeout(Duration::from_secs(5), handshake).await {
                    Ok(Ok((stream, session, remaining))) => {
                        println!("{peer}: {} connected", session.verified().uid());
                        if let Err(error) = converse(stream, remaining).await {
                            eprintln!("{peer}: {error}");
                        }
                    }
                    Ok(Err(error)) => eprintln!("{peer}: {error:#}"),
                    Err(_) => eprintln!("{peer}: no handshake within 5 s"),
                }
            });
        }
    }

    /// The session: answers PINGs, for now. `received` begins with what the client sent after its
    /// CONNECT.
    async fn converse(mut stream: TcpStream, mut received: Vec<u8>) -> Result<(), BoxError> {
        let mut chunk = vec![0; 1024];
        loop {
            let (written, _) = stream.write_all(answer_frames(&mut received)?).await;
            written?;
            let (len, read) = stream.read(chunk).await;
            chunk = read;
            match len? {
                0 => return Ok(()),
                len => received.extend_from_slice(&chunk[..len]),
            }
        }
    }

    /// Returns the stream, the session, and what the client sent after its CONNECT.
    async fn shake_hands(
        mut stream: TcpStream,
        store: &impl TokenStore,
    ) -> Result<(TcpStream, Session, Vec<u8>), BoxError> {
        let (mut acceptor, mut chunk) = (Acceptor::new(), vec![0; 1024]);
        let request = loop {
            // The kernel owns the buffer while it reads.
            let (len, read) = stream.read(chunk).await;
            chunk = read;
            let len = len?;
            if len == 0 {
                return Err("connection closed before CONNECT".into());
            }
            if let Some(request) = acceptor.push(&chunk[..len])? {
                break request;
            }
        };
        let handshake = request.handshake()?;
        // An in-memory store is a `TokenStore`. For an async client, see the `LocalSet` above.
        let verdict = VERIFIER.verdict(store, &handshake.credentials(), Timestamp::now());
        let answer = handshake.answer(verdict, &OPTIONS);
        let (written, _) = stream.write_all(answer.reply).await; // empty after a store failure
        written?;
        match answer.outcome {
            Ok(session) => Ok((stream, session, request.into_remaining())),
            Err(HandshakeError::NotVerified(error)) => {
                // The client goes first: it must not learn how long it takes to find the cause. To
                // drop the stream would close it only later, when this thread comes to it.
                let _ = stream.shutdown().await;
                drop(stream);
                Err(VERIFIER.diagnose(store, error).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// io_uring if the kernel has it, else epoll.
    pub fn runtime() -> std::io::Result<
        monoio::FusionRuntime<TimeDriver<monoio::IoUringDriver>, TimeDriver<monoio::LegacyDriver>>,
    > {
        RuntimeBuilder::<FusionDriver>::new().enable_timer().build()
    }

    pub fn main() -> Result<(), BoxError> {
        let store = MemoryStore::new();
        let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
        store.insert("alice", DeviceFlag::App, record);
        runtime()?.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:5200")?;
            serve(listener, Arc::new(store)).await;
            Ok(())
        })
    }
    // recipe ends
}

#[cfg(target_os = "linux")]
pub fn main() -> Result<(), wukongim_auth::BoxError> {
    on_linux::main()
}

#[cfg(not(target_os = "linux"))]
pub fn main() {
    eprintln!("monoio needs Linux here");
}
