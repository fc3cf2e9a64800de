//! A store whose client needs its runtime, as those of databases do: when a lookup is made, when it is
//! polled, and when it is dropped.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::yield_now;
use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::{StoreUnderTest, check};
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, Timestamp, TokenRecord};

use super::twin::{Fault, Twin};

struct Pooled {
    twin: Twin,
    /// Lookups of all records that were dropped before they had an answer.
    dropped: AtomicUsize,
}

struct InARuntime {
    store: Pooled,
    runtime: Runtime,
}

/// A connection out of a pool: its way back is a task.
struct Connection;

impl Drop for Connection {
    fn drop(&mut self) {
        Handle::current();
    }
}

/// Counts if it is dropped before its end.
struct Unfinished<'a> {
    count: &'a AtomicUsize,
    is_done: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.count
            .fetch_add(usize::from(!self.is_done), Ordering::Relaxed);
    }
}

/// Needs the runtime in all three.
struct Lookup<F> {
    lookup: Pin<Box<F>>,
    _connection: Connection,
}

impl<F: Future> Lookup<F> {
    fn new(lookup: F) -> Self {
        Handle::current();
        let (lookup, _connection) = (Box::pin(lookup), Connection);
        Lookup {
            lookup,
            _connection,
        }
    }
}

impl<F: Future> Future for Lookup<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Handle::current();
        self.lookup.as_mut().poll(context)
    }
}

impl AsyncTokenStore for Pooled {
    type Error = BoxError;

    fn get(
        &self,
        uid: &str,
        flag: DeviceFlag,
    ) -> impl Future<Output = Result<Option<TokenRecord>, BoxError>> + Send {
        Lookup::new(async move {
            yield_now().await;
            self.twin.get(uid, flag).await
        })
    }

    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> impl Future<Output = Result<Vec<(DeviceFlag, TokenRecord)>, BoxError>> + Send {
        Lookup::new(async move {
            let mut unfinished = Unfinished {
                count: &self.dropped,
                is_done: false,
            };
            yield_now().await;
            let records = self.twin.get_all(uid, flags).await;
            unfinished.is_done = true;
            records
        })
    }
}

impl StoreUnderTest for InARuntime {
    type Store = Pooled;

    fn store(&self) -> &Pooled {
        &self.store
    }

    fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        Lookup::new(self.store.twin.issue(uid, flag, record))
    }

    fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        Lookup::new(self.store.twin.rotate(uid, flag, secret, overlap_ends))
    }

    fn revoke(
        &self,
        uid: &str,
        flag: DeviceFlag,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        Lookup::new(self.store.twin.revoke(uid, flag, now))
    }

    fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> impl Future<Output = Result<bool, BoxError>> + Send {
        Lookup::new(self.store.twin.overwrite(uid, flag, written))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

#[test]
fn futures_are_made_polled_and_dropped_inside_the_runtime() {
    let runtime = Builder::new_multi_thread().worker_threads(1).build();
    let subject = InARuntime {
        store: Pooled {
            twin: Twin::new(Fault::None),
            dropped: AtomicUsize::new(0),
        },
        runtime: runtime.unwrap(),
    };
    let report = check(&subject);
    assert!(report.holds() && report.skipped().is_empty(), "{report}");
    let dropped = subject.store.dropped.load(Ordering::Relaxed);
    assert!(dropped > 0, "no lookup of all records was dropped midway");
}
