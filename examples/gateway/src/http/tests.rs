//! What is hard to bring about from outside.

use std::sync::Mutex;

use clap::Parser;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use wukongim_auth::MemoryStore;

use super::*;
use crate::options::Options;
use crate::sessions::Farewell;
use crate::store::Store;
use crate::store::double::{Double, Fault};

fn gateway() -> Gateway {
    Gateway::open(Options::parse_from(["gateway"])).unwrap()
}

/// It was let in by the record that is being revoked, at the last moment.
#[tokio::test]
async fn a_session_that_comes_right_before_a_revocation_is_kicked() {
    let entered = Arc::new(Mutex::new(None));
    let gateway = gateway();
    let fault = Fault::EntersWhenRevoked(gateway.sessions.clone(), entered.clone());
    let memory = MemoryStore::new();
    let store = Store::Double(Double { memory, fault });
    let gateway = Arc::new(Gateway { store, ..gateway });

    let body = Bytes::from_static(br#"{"uid":"alice","device_flag":0}"#);
    let admission = Admission::new(1, WhenFull::CloseOldest);
    let place = admission.enter([127, 0, 0, 1].into()).unwrap();
    let answer = quit_device(State(gateway), Extension(Arc::new(place)), Ok(body)).await;
    assert!(answer.is_ok());
    let mut session = entered.lock().unwrap().take().expect("it came");
    let farewell = session.farewell().now_or_never();
    assert_eq!(farewell, Some(Farewell::Kick("the token was revoked")));
}

/// The clock is tokio's own, which goes on as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(Arc::new(gateway()), listener));
    let mut client = TcpStream::connect(address).await.unwrap();
    let begun = b"POST /user/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
    client.write_all(begun).await.unwrap();
    let started = Instant::now();
    let closed = client.read(&mut [0; 64]).await;
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
    assert!(started.elapsed() <= Duration::from_secs(60));
}
