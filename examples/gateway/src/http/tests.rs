//! Cases that are hard to cause from outside.

use std::sync::Mutex;

use clap::Parser;
use futures_util::FutureExt;
use wukongim_auth::MemoryStore;
use wukongim_serving::admission::{Admission, WhenFull};

use super::*;
use crate::options::Options;
use crate::sessions::Farewell;
use crate::store::Store;
use crate::store::double::{Double, Fault};

fn gateway() -> Gateway {
    Gateway::open(Options::parse_from(["gateway"])).unwrap()
}

/// At the last moment, it was accepted by the record that is being revoked.
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
