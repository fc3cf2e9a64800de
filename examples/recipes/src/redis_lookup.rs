//! A lookup in Redis, and the write that goes with it.

// recipe: redis
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{AsyncTokenStore, BoxError, DeviceFlag, TokenRecord};

/// A hash for each user, with a field for each device flag that holds the record as JSON.
#[derive(Clone)]
pub struct Redis(pub ConnectionManager);

impl AsyncTokenStore for Redis {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        let written: Option<String> = self.0.clone().hget(key(uid), u8::from(flag)).await?;
        let Some(written) = written else {
            return Ok(None);
        };
        // What cannot be read is an error, never "no token".
        let stored: StoredRecord = serde_json::from_str(&written)?;
        Ok(Some(TokenRecord::try_from(stored)?))
    }
}

impl Redis {
    /// Stores the digest only: nobody who reads the database can connect with what it holds.
    pub async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        // Carries over the count of revocations, by which open sessions are recognised as revoked.
        let record = record.replacing(self.get(uid, flag).await?.as_ref());
        let stored = record.into_digest_only().expose_for_storage();
        let written = serde_json::to_string(&stored)?;
        let field = u8::from(flag);
        let () = self.0.clone().hset(key(uid), field, written).await?;
        Ok(())
    }
}

fn key(uid: &str) -> String {
    format!("tokens:{uid}")
}
// recipe ends
