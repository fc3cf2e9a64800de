//! A server whose futures are not `Send`: a store's client that stays on its thread, in tokio's
//! `LocalSet`.
//!
//! `cargo run -p wukongim-recipes --example local_set` listens on 127.0.0.1:5200, for the user `alice`
//! with the token `s3cret` for APP.

// recipe: local-set
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};
use wukongim_auth::{
    AcceptOptions, Acceptor, BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel,
    KeyPolicy, Session, Timestamp, Token, TokenRecord, Verified, Verifier, VerifyError,
};

/// The official binary SDKs need session keys. `KeyPolicy::Never` is for your own clients.
const OPTIONS: AcceptOptions = AcceptOptions::new(KeyPolicy::Required);

/// Stands for a client that cannot leave its thread. `AsyncTokenStore` asks for futures that are
/// `Send`; `Verifier::verify_record` asks for none.
#[derive(Clone, Default)]
pub struct LocalStore(pub Rc<RefCell<HashMap<(String, DeviceFlag), TokenRecord>>>);

impl LocalStore {
    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        tokio::task::yield_now().await; // ask the database here
        let records = self.0.borrow();
        let get = |flag| Some((flag, records.get(&(uid.to_owned(), flag))?.clone()));
        Ok(flags.iter().filter_map(get).collect())
    }
}

/// What `verify_async` does, with your own lookup. One query fetches all of the user's flags:
/// the other flags show the cause of a rejection.
async fn verify(
    store: &LocalStore,
    credentials: &Credentials<'_>,
) -> Result<Verified, VerifyError> {
    let (verifier, now) = (Verifier::new(), Timestamp::now());
    let mut records = match store
        .get_all(credentials.uid, verifier.device_flags())
        .await
    {
        Ok(records) => records,
        Err(error) => return Err(verifier.store_failed(credentials, error, now)),
    };
    let own = records
        .iter()
        .position(|(flag, _)| *flag == credentials.device_flag);
    let own = own.map(|index| records.swap_remove(index).1);
    verifier
        .verify_record(credentials, own.as_ref(), now)
        .map_err(|error| verifier.diagnose_with(error, Ok(records)))
}

/// Runs inside a `LocalSet`.
pub async fn serve(listener: TcpListener, store: LocalStore) {
    loop {
        let Ok((mut stream, peer)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await; // out of file descriptors, most likely
            continue;
        };
        let store = store.clone();
        spawn_local(async move {
            match timeout(Duration::from_secs(5), shake_hands(&mut stream, &store)).await {
                Ok(Ok((session, remaining))) => {
                    println!("{peer}: {} connected", session.verified().uid());
                    // … replace this with your own code. Process `remaining` first.
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
    store: &LocalStore,
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
    let answer = handshake.answer(verify(store, &handshake.credentials()).await, &OPTIONS);
    stream.write_all(&answer.reply).await?; // empty after a store failure: closing makes SDKs reconnect
    Ok((answer.outcome?, request.into_remaining()))
}

#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), BoxError> {
    let store = LocalStore::default();
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store
        .0
        .borrow_mut()
        .insert(("alice".to_owned(), DeviceFlag::App), record);
    let listener = TcpListener::bind("127.0.0.1:5200").await?;
    LocalSet::new().run_until(serve(listener, store)).await;
    Ok(())
}
// recipe ends
