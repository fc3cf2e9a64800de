//! A look-up in Redis, and the writing that goes with it.

use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, TokenRecord};

// recipe: redis
/// A hash for each user, a field for each device flag, a record as JSON in it.
#[derive(Clone)]
pub struct Redis(pub ConnectionManager);

impl AsyncTokenStore for Redis {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        let written: Option<String> = self.0.clone().hget(key(uid), flag.wire()).await?;
        let Some(written) = written else {
            return Ok(None);
        };
        // What cannot be read is an error, never "no token".
        let stored: StoredRecord = serde_json::from_str(&written)?;
        Ok(Some(TokenRecord::try_from(stored)?))
    }
}

impl Redis {
    /// Keeps the digest only: whoever reads the database finds no token to connect with.
    pub async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        let stored = record.into_digest_only().expose_for_storage();
        let written = serde_json::to_string(&stored)?;
        let () = self.0.clone().hset(key(uid), flag.wire(), written).await?;
        Ok(())
    }
}

fn key(uid: &str) -> String {
    format!("tokens:{uid}")
}
// recipe ends
