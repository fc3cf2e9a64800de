//! Adapters: a synchronous store as an asynchronous one, and a store behind a pointer.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::device::{DeviceFlag, DeviceFlags};
use crate::store::{AsyncTokenStore, TokenRecord, TokenStore};

/// An adapter that makes a [`TokenStore`] an [`AsyncTokenStore`] whose lookups are ready
/// immediately.
///
/// Use it for stores that answer from memory. A store that blocks would hold up the runtime's
/// thread.
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
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Self::Error> {
        self.0.get_all(uid, flags)
    }
}

/// Implements the traits for a store behind a pointer.
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
