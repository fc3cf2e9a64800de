//! A server whose futures are not `Send`: a store's client that stays on its thread, in tokio's
//! `LocalSet`.
//!
//! `cargo run -p wukongim-recipes --example local_set` listens on 127.0.0.1:5200, for the user `alice`
//! with the token `s3cret` for APP.

#[path = "../src/keep_alive.rs"]
#[allow(dead_code, reason = "the same file answers JSON-RPC")]
// recipe: local-set
mod keep_alive; // "Answer PING" of the recipes

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel,
    HandshakeError, KeyPolicy, MemoryStore, Session, Timestamp, Token, TokenRecord, TokenStore,
    Verified, Verifier, VerifyError,
};

use keep_alive::answer_frames;

/// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

static VERIFIER: Verifier = Verifier::new();

/// Stands for a client that cannot leave its thread. `AsyncTokenStore` asks for futures that are
/// `Send`; `Verifier::verify_record` asks for none.
#[derive(Clone)]
pub struct LocalStore(pub Rc<dyn TokenStore<Error = Infallible>>);

impl LocalStore {
    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        tokio::task::yield_now().await; // ask the database here
        Ok(self.0.get_all(uid, flags)?)
    }
}

/// What `verdict_async` does, with your own lookup.
async fn verdict(
    store: &LocalStore,
    credentials: &Credentials<'_>,
) -> Result<Verified, VerifyError> {
    let (own, now) = (DeviceFlags::from(credentials.device_flag), Timestamp::now());
    match store.get_all(credentials.uid, own).await {
        Ok(mut records) => {
            let record = records.pop().map(|(_, record)| record);
            VERIFIER.verify_record(credentials, record.as_ref(), now)
        }
        Err(error) => Err(VERIFIER.store_failed(credentials, error, now)),
    }
}

/// What `diagnose_async` does: the user's other flags show the cause of a rejection.
async fn diagnose(store: &LocalStore, error: VerifyError) -> VerifyError {
    let others = VERIFIER.device_flags().without(error.device_flag());
    let records = store.get_all(error.uid(), others).await;
    VERIFIER.diagnose_with(error, records)
}

/// Runs inside a `LocalSet`.
pub async fn serve(listener: TcpListener, store: LocalStore) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
            continue;
        };
        let store = store.clone();
        spawn_local(async move {
            match timeout(Duration::from_secs(5), shake_hands(stream, &store)).await {
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

/// The session: answers PINGs, for now. `received` begins with what the client sent after its CONNECT.
async fn converse(mut stream: TcpStream, mut received: Vec<u8>) -> Result<(), BoxError> {
    loop {
        stream.write_all(&answer_frames(&mut received)?).await?;
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}

/// Returns the stream, the session, and what the client sent after its CONNECT.
async fn shake_hands(
    mut stream: TcpStream,
    store: &LocalStore,
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
    let answer = handshake.answer(verdict(store, &handshake.credentials()).await, &OPTIONS);
    stream.write_all(&answer.reply).await?; // empty after a store failure: closing makes SDKs reconnect
    match answer.outcome {
        Ok(session) => Ok((stream, session, request.into_remaining())),
        Err(HandshakeError::NotVerified(error)) => {
            // The client goes first: it must not learn how long it takes to find the cause.
            drop(stream);
            Err(diagnose(store, error).await.into())
        }
        Err(error) => Err(error.into()),
    }
}

#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), BoxError> {
    let records = MemoryStore::new();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    records.insert("alice", DeviceFlag::App, record);
    let store = LocalStore(Rc::new(records));
    let listener = TcpListener::bind("127.0.0.1:5200").await?;
    LocalSet::new().run_until(serve(listener, store)).await;
    Ok(())
}
// recipe ends
