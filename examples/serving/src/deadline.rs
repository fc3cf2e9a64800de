//! A deadline for the store, no longer than a client would wait: a store that hangs counts as
//! unreachable.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, TokenRecord};

/// How long one lookup may take. SDKs wait for their CONNACK a little longer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Lookups with a deadline. If there is no answer in time, that is a store failure, so the client
/// is not rejected: its connection is closed, and it retries.
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

/// The store's answer, or an error that says that there was none in time.
pub async fn promptly<T>(answer: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    match timeout(ANSWER_WITHIN, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("the store did not answer in {ANSWER_WITHIN:?}").into()),
    }
}
