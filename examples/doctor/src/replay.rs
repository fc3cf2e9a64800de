//! A store that holds what is known of one user: what the crate's own check is asked about.

use wukongim_auth::{BoxError, DeviceFlag, OtherRecords, TokenRecord, TokenStore};

/// What is registered under the client's flag, and under the user's others; an error where nobody
/// knows.
pub struct Scene {
    pub own: Result<Option<TokenRecord>, &'static str>,
    pub others: Result<OtherRecords, &'static str>,
}

impl TokenStore for Scene {
    type Error = BoxError;

    fn get(&self, _: &str, _: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.own.clone().map_err(Into::into)
    }

    fn others(&self, _: &str, _: DeviceFlag) -> Result<OtherRecords, BoxError> {
        self.others.clone().map_err(Into::into)
    }
}
