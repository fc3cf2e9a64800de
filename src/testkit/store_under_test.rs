//! How the suite reaches a store.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};

use crate::device::DeviceFlag;
use crate::store::{AsyncTokenStore, BoxError, TokenRecord};
use crate::time::Timestamp;
use crate::token::Secret;

/// A store, and how records are written to it: in the way your server writes them.
///
/// A synchronous store goes in as [`Ready`](crate::Ready), with methods that do not wait.
pub trait StoreUnderTest: Sync {
    /// The store that lookups use.
    type Store: AsyncTokenStore;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// Registers a record in place of whatever is there, and carries over its
    /// [revocations](TokenRecord::revocations) ([`TokenRecord::replacing`]), in one atomic step.
    ///
    /// Must also succeed if the existing record cannot be read: otherwise, a new token could not
    /// help its user.
    fn issue(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        record: TokenRecord,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Does what [`TokenRecord::rotate`] does, in one atomic step. If nothing is registered, or a
    /// tombstone, nothing changes; whether that is an error is up to you.
    fn rotate(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Does what [`TokenRecord::revoke`] does, in one atomic step. If nothing is registered,
    /// nothing changes.
    fn revoke(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Overwrites the stored bytes of a record, bypassing your server's own code. The provided
    /// method returns `Ok(false)`: nothing can be overwritten here, and the requirement on
    /// unreadable records is skipped.
    fn overwrite(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        written: &[u8],
    ) -> impl Future<Output = Result<bool, BoxError>> + Send {
        let _ = (uid, device_flag, written);
        async { Ok(false) }
    }

    /// Waits for a future, from any thread: several do at the same time. As provided, for stores that
    /// need no runtime; with one, its `block_on` ([Runtimes](crate::testkit#runtimes)). Every call of the
    /// store is made inside it.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
