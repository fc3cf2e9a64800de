//! `AsyncTokenStore`: nothing is boxed or allocated, a dropped lookup leaves nothing behind, and
//! your deadline counts as a store failure.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::timeout;
use wukongim_auth::DeviceFlag::{App, Web};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{
    AsyncTokenStore, BoxError, Cause, Credentials, DeviceFlag, DeviceFlags, Disposition,
    MemoryStore, Ready, Timestamp, Token, TokenRecord, TokenStore, Verifier, verify_async,
};

use crate::common::block_on;
use crate::records::issued;
use crate::scripted_store::ScriptedStore;

const UID: &str = "5f2b8c0e4a1d4f7c9b3e6a8d0c2f4e61";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn memory() -> MemoryStore {
    let store = MemoryStore::new();
    store.insert(UID, Web, issued("token"));
    store
}

/// As a remote store: every lookup waits, this many times. (A double of its own: it allocates nothing,
/// and counts what is in flight.)
struct Remote {
    memory: MemoryStore,
    waits: usize,
    in_flight: AtomicUsize,
}

impl Remote {
    fn waiting(waits: usize) -> Self {
        let memory = memory();
        let in_flight = AtomicUsize::new(0);
        Remote {
            memory,
            waits,
            in_flight,
        }
    }
}

impl AsyncTokenStore for Remote {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let _done = Done(&self.in_flight);
        let mut left = self.waits;
        poll_fn(|_| match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
        Ok(self.memory.get(uid, flag)?)
    }
}

struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Allocations of an accepted client.
fn allocations(store: &impl AsyncTokenStore) -> u64 {
    let verifier = Verifier::new().with_manager_token(Token::new("manager"));
    let credentials = Credentials::new(UID, Web, "token");
    // From here on the locks of a `MemoryStore` know this thread.
    let _ = memory().get(UID, Web);
    let mut count = 0;
    for by_verdict in [false, true] {
        let mut outcome = None;
        let info = allocation_counter::measure(|| {
            outcome = Some(match by_verdict {
                false => block_on(verifier.verify_async(store, &credentials, NOW)),
                true => block_on(verifier.verdict_async(store, &credentials, NOW)),
            });
        });
        assert_eq!(outcome.unwrap().unwrap().uid(), UID);
        count += info.count_total;
    }
    count
}

#[test]
fn an_accepted_client_allocates_nothing() {
    assert_eq!(allocations(&Ready(memory())), 0, "ready immediately");
    assert_eq!(allocations(&Remote::waiting(3)), 0, "after waiting");
    assert_eq!(allocations(&&Remote::waiting(1)), 0, "by reference");
    assert_eq!(allocations(&Box::new(Remote::waiting(1))), 0, "in a box");
    assert_eq!(allocations(&Arc::new(Remote::waiting(1))), 0, "shared");
}

/// The counter sees what a host that boxes its futures pays.
#[test]
fn a_boxed_future_would_be_counted() {
    struct Boxed(Remote);

    impl AsyncTokenStore for Boxed {
        type Error = BoxError;

        async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
            Box::pin(self.0.get(uid, flag)).await
        }
    }

    assert_eq!(allocations(&Boxed(Remote::waiting(1))), 2);
}

/// Each of the three functions is dropped after every number of polls that leaves it unfinished.
#[test]
fn what_is_dropped_leaves_nothing_and_disturbs_nothing() {
    let (store, verifier) = (Remote::waiting(2), Verifier::new());
    let wrong = Credentials::new(UID, App, "token");
    // Three lookups of two waits each; the seventh poll would finish.
    for polls in 0..=6 {
        give_up(polls, verifier.verify_async(&store, &wrong, NOW));
        give_up(polls.min(2), verifier.verdict_async(&store, &wrong, NOW));
        let verdict = block_on(verifier.verdict_async(&store, &wrong, NOW));
        let diagnosis = verifier.diagnose_async(&store, verdict.unwrap_err());
        give_up(polls.min(4), diagnosis);
        assert_eq!(store.in_flight.load(Ordering::Relaxed), 0, "{polls} polls");

        let right = Credentials::new(UID, Web, "token");
        assert!(block_on(verify_async(&store, &right, NOW)).is_ok());
        let error = block_on(verify_async(&store, &wrong, NOW)).unwrap_err();
        assert_eq!(error.cause().label(), "issued_for_other_flag");
    }
}

fn give_up(polls: usize, future: impl Future) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
}

/// A deadline as a server would set it. This adapter is what is tested.
struct Timely<S>(S, Duration);

impl<S: AsyncTokenStore> AsyncTokenStore for Timely<S> {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        let lookup = timeout(self.1, self.0.get(uid, flag));
        lookup.await?.map_err(Into::into)
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        let lookup = timeout(self.1, self.0.get_all(uid, flags));
        lookup.await?.map_err(Into::into)
    }
}

#[tokio::test]
async fn a_deadline_is_a_fault_of_the_store() {
    let timely = |store| Timely(store, Duration::from_millis(1));
    let store = || ScriptedStore::new([(Web, issued("token"))]);
    let right = Credentials::new(UID, Web, "token");
    let hanging = timely(store().get_hangs());
    let error = verify_async(&hanging, &right, NOW).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Store(_)), "{error}");
    assert_eq!(error.disposition(), Disposition::CloseForRetry);
    assert!(error.source().unwrap().is::<Elapsed>());

    let wrong = Credentials::new(UID, Web, "wrong");
    let answering = timely(store().get_all_hangs());
    let error = verify_async(&answering, &wrong, NOW).await.unwrap_err();
    assert_eq!(error.cause().label(), "ambiguous");
    let reject = Disposition::Reject(ReasonCode::AuthFail);
    assert_eq!(error.disposition(), reject);
    assert!(error.source().unwrap().is::<Elapsed>());
    assert!(verify_async(&answering, &right, NOW).await.is_ok());
}
