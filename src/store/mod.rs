//! The store of records, behind one trait.

mod adapters;
mod members;
#[cfg(feature = "memory")]
mod memory;
mod provision;
mod provision_error;
mod record;
mod stored_record;
mod trace;

pub use adapters::Ready;
#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use provision::{DeviceQuitRequest, IssueTokenRequest, Registration};
pub use provision_error::ProvisionError;
pub use record::{RotateError, TokenRecord};
pub use stored_record::{StoredRecord, StoredRecordError};

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::future::Future;

use crate::device::{DeviceFlag, DeviceFlags};

/// A boxed error. Holds a store's own error in [`Cause::Store`](crate::Cause::Store).
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// A store of token records, with blocking lookups.
///
/// # Contract
/// - `get` returns the record of exactly this uid, byte for byte, and this flag. Returning another
///   pair's record lets one user in as another.
/// - "No record" is `Ok(None)`. A failed lookup (a lost connection, an unreadable record) is an
///   error: a client that is rejected because of a temporary failure does not retry.
/// - A tombstone is returned like any record.
/// - Once a write is acknowledged, every later `get` sees it. This matters most for revocations.
/// - Code that writes a newly issued record over another carries over its
///   [revocations](TokenRecord::revocations) ([`TokenRecord::replacing`]) in the same atomic step.
///
/// The feature `testkit` tests any store against each of these rules.
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
/// use wukongim_auth::{DeviceFlag, TokenRecord, TokenStore};
///
/// struct Tokens(HashMap<(String, DeviceFlag), TokenRecord>);
///
/// impl TokenStore for Tokens {
///     type Error = Infallible;
///
///     fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
///         Ok(self.0.get(&(uid.to_owned(), flag)).cloned())
///     }
/// }
/// ```
pub trait TokenStore {
    /// The error type of a failed lookup.
    type Error: Into<BoxError>;

    /// Looks up the record of one (uid, device flag).
    ///
    /// # Errors
    /// If the lookup fails.
    fn get(&self, uid: &str, device_flag: DeviceFlag) -> Result<Option<TokenRecord>, Self::Error>;

    /// Looks up the user's records for these device flags: those that exist, in any order. It is
    /// called after a rejection, to find the cause. Override it if your store can fetch them in one
    /// round trip.
    ///
    /// # Errors
    /// If the lookup fails.
    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Self::Error> {
        let mut records = Vec::new();
        for flag in flags.iter() {
            records.extend(self.get(uid, flag)?.map(|record| (flag, record)));
        }
        Ok(records)
    }
}

/// [`TokenStore`] for stores with asynchronous lookups: the same contract, with futures.
///
/// Futures are not boxed, and accepting a client allocates nothing here. Dropping a future abandons
/// its lookup and nothing else, provided that the store's client can tell late replies apart.
///
/// ```
/// use std::convert::Infallible;
/// use wukongim_auth::{AsyncTokenStore, DeviceFlag, TokenRecord};
///
/// struct Remote;
///
/// impl AsyncTokenStore for Remote {
///     type Error = Infallible;
///
///     async fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, Infallible> {
///         Ok(None) // ask the database here
///     }
/// }
/// ```
///
/// # Deadlines
/// Set deadlines inside your implementation, and return an error of the store if one passes. The
/// connection is then closed without a reply, and the client retries.
///
/// ```
/// use std::time::Duration;
/// use tokio::time::timeout;
/// use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, TokenRecord};
/// # use wukongim_auth::{Cause, Credentials, Disposition, Timestamp, verify_async};
///
/// struct Timely<S>(S, Duration);
///
/// impl<S: AsyncTokenStore> AsyncTokenStore for Timely<S> {
///     type Error = BoxError;
///
///     async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
///         timeout(self.1, self.0.get(uid, flag)).await?.map_err(Into::into)
///     }
///
///     async fn get_all(
///         &self,
///         uid: &str,
///         flags: DeviceFlags,
///     ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
///         timeout(self.1, self.0.get_all(uid, flags)).await?.map_err(Into::into)
///     }
/// }
/// #
/// # struct Hangs;
/// # impl AsyncTokenStore for Hangs {
/// #     type Error = BoxError;
/// #     async fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
/// #         std::future::pending().await
/// #     }
/// # }
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
///
/// let store = Timely(Hangs, Duration::from_millis(50));
/// let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret");
/// let error = verify_async(&store, &credentials, Timestamp::now()).await.unwrap_err();
/// assert!(matches!(error.cause(), Cause::Store(_)));
/// assert_eq!(error.disposition(), Disposition::CloseForRetry);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait AsyncTokenStore: Sync {
    /// The error type of a failed lookup.
    type Error: Into<BoxError> + Send;

    /// Looks up the record of one (uid, device flag).
    ///
    /// # Errors
    /// If the lookup fails.
    fn get(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
    ) -> impl Future<Output = Result<Option<TokenRecord>, Self::Error>> + Send;

    /// Looks up the user's records for these device flags; see [`TokenStore::get_all`].
    ///
    /// # Errors
    /// If the lookup fails.
    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> impl Future<Output = Result<Vec<(DeviceFlag, TokenRecord)>, Self::Error>> + Send {
        async move {
            let mut records = Vec::new();
            for flag in flags.iter() {
                records.extend(self.get(uid, flag).await?.map(|record| (flag, record)));
            }
            Ok(records)
        }
    }
}
