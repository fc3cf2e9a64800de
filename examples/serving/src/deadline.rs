//! A store that is asked for no longer than a client would wait: one that hangs is one that cannot
//! be reached.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, TokenRecord};

/// How long one question to the store may take. SDKs wait for their CONNACK a little longer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Lookups that end. No answer in time is an error of the store, so that the client is not refused
/// but closed, and comes back.
pub struct Prompt<'a, S>(pub &'a S);

impl<S: AsyncTokenStore<Error = BoxError>> AsyncTokenStore for Prompt<'_, S> {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        promptly(self.0.get(uid, flag)).await
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        promptly(self.0.get_all(uid, flags)).await
    }
}

/// The store's answer, or an error that says that there was none.
pub async fn promptly<T>(answer: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    match timeout(ANSWER_WITHIN, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("the store did not answer in {ANSWER_WITHIN:?}").into()),
    }
}
