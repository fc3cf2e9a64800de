//! The program with metrics answers first, too. A test of its own: counts are the process's.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use wukongim_auth::Ready;

#[path = "programs/client.rs"]
#[allow(dead_code, reason = "shared with the other programs' tests")]
mod client;
#[path = "../examples/observability.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod observability;
#[path = "programs/patient_store.rs"]
mod patient_store;

use observability::{Limiter, serve};
use patient_store::{PatientStore, is_answered_first};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_is_answered_before_the_cause_is_looked_for() {
    let (store, waiting) = PatientStore::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let many = NonZeroU32::new(1000).unwrap();
    let limiter = Arc::new(Limiter::new(many, many));
    tokio::spawn(serve(listener, Arc::new(Ready(store)), limiter));
    let came_first = spawn_blocking(move || is_answered_first(address, waiting)).await;
    assert!(came_first.unwrap());
}
