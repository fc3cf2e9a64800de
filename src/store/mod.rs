//! Where records come from: the host's store, behind one trait.

#[cfg(feature = "memory")]
mod memory;
mod provision;
mod record;
mod stored_record;
mod trace;

#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use provision::{DeviceQuitRequest, IssueTokenRequest, ProvisionError, Registration};
pub use record::{RotateError, TokenRecord};
pub use stored_record::{StoredRecord, StoredRecordError};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::error::Error;
use core::future::Future;

use crate::device::{DeviceFlag, DeviceFlags};

/// Any error, boxed: what a store's own error becomes in [`Cause::Store`](crate::Cause::Store).
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// Looks up what is registered for a user's device.
///
/// # Contract
/// - `get` returns the record of exactly this uid, byte for byte, and this flag. Returning another
///   pair's record lets one user in as another.
/// - "No record" is `Ok(None)`. Whatever keeps the store from knowing (a lost connection, a
///   record that cannot be read) is an error: a client refused for good because of a passing
///   fault does not come back.
/// - A tombstone is returned like any record.
/// - A record that was acknowledged as written is seen by every later `get`; above all a
///   revocation.
///
/// The feature `testkit` has a test for each of these, for any store.
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
    /// What a failed look-up gives.
    type Error: Into<BoxError>;

    /// The record of one (uid, device flag).
    ///
    /// # Errors
    /// When the store cannot tell.
    fn get(&self, uid: &str, device_flag: DeviceFlag) -> Result<Option<TokenRecord>, Self::Error>;

    /// The user's records for these device flags, those that exist. Asked for after a refusal, to
    /// name its cause. Override it if one round trip fetches them all.
    ///
    /// # Errors
    /// If the lookup failed.
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

/// [`TokenStore`] for hosts whose look-up waits: the same contract, with futures.
///
/// The futures are the implementation's own: nothing is boxed, and a client that is accepted costs no
/// allocation of this crate's. Dropping one abandons the look-up and nothing else, as long as the
/// store's client tells late replies apart.
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
/// They are the host's to set, inside its implementation, and end as an error of the store: the
/// client is told nothing, and tries again.
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
    /// What a failed look-up gives.
    type Error: Into<BoxError> + Send;

    /// The record of one (uid, device flag).
    ///
    /// # Errors
    /// When the store cannot tell.
    fn get(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
    ) -> impl Future<Output = Result<Option<TokenRecord>, Self::Error>> + Send;

    /// The user's records for these device flags; see [`TokenStore::get_all`].
    ///
    /// # Errors
    /// If the lookup failed.
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

/// A [`TokenStore`] for code that is async: its look-ups are ready at once.
///
/// For stores that answer from memory. One that waits would hold up the runtime's thread.
///
/// ```
/// use wukongim_auth::{AsyncTokenStore, Ready, MemoryStore};
///
/// fn takes_async(_: impl AsyncTokenStore) {}
/// takes_async(Ready(MemoryStore::new()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Ready<S>(pub S);

impl<S> AsyncTokenStore for Ready<S>
where
    S: TokenStore + Sync,
    S::Error: Send,
{
    type Error = S::Error;

    async fn get(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
    ) -> Result<Option<TokenRecord>, Self::Error> {
        self.0.get(uid, device_flag)
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, S::Error> {
        self.0.get_all(uid, flags)
    }
}

/// A store behind a pointer is a store.
macro_rules! through_pointer {
    ($($pointer:ty: $bound:ident),*) => {$(
        impl<S: TokenStore + ?Sized> TokenStore for $pointer {
            type Error = S::Error;

            fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, S::Error> {
                (**self).get(uid, flag)
            }

            fn get_all(
                &self,
                uid: &str,
                flags: DeviceFlags,
            ) -> Result<Vec<(DeviceFlag, TokenRecord)>, S::Error> {
                (**self).get_all(uid, flags)
            }
        }

        impl<S: AsyncTokenStore + $bound> AsyncTokenStore for $pointer {
            type Error = S::Error;

            async fn get(
                &self,
                uid: &str,
                flag: DeviceFlag,
            ) -> Result<Option<TokenRecord>, S::Error> {
                (**self).get(uid, flag).await
            }

            async fn get_all(
                &self,
                uid: &str,
                flags: DeviceFlags,
            ) -> Result<Vec<(DeviceFlag, TokenRecord)>, S::Error> {
                (**self).get_all(uid, flags).await
            }
        }
    )*};
}

through_pointer!(&S: Sync, Box<S>: Sync, Arc<S>: Send);
