//! Where tokens are kept. All the rest of the gateway sees of it is this file: another store is
//! another variant here.

use wukongim_auth::{
    AsyncTokenStore, Blocking, BoxError, DeviceFlag, Issued, MemoryStore, OtherRecords, Timestamp,
    TokenRecord,
};

use std::time::Duration;

/// How long a revoked or ended token is remembered, so that its bearer is told apart from a
/// stranger.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The store that `--store` names.
pub enum Store {
    /// In this process, gone with it.
    Memory(Blocking<MemoryStore>),
}

impl Store {
    /// Opens the store that `--store` names.
    pub fn open(name: &str) -> Result<Self, BoxError> {
        match name {
            "memory" => Ok(Store::Memory(Blocking(MemoryStore::new()))),
            other => Err(format!("--store {other} is not known, only memory is").into()),
        }
    }

    /// Registers a token in place of what is there.
    pub async fn issue(&self, issued: Issued) -> Result<(), BoxError> {
        match self {
            Store::Memory(Blocking(store)) => {
                store.insert(&issued.uid, issued.device_flag, issued.record);
            }
        }
        Ok(())
    }

    /// Leaves a tombstone where there is a token.
    pub async fn revoke(
        &self,
        uid: &str,
        flag: DeviceFlag,
        now: Timestamp,
    ) -> Result<(), BoxError> {
        match self {
            Store::Memory(Blocking(store)) => {
                store.update(uid, flag, |record| record.map(|record| record.revoke(now)));
            }
        }
        Ok(())
    }

    /// Forgets what nobody needs any more.
    pub async fn purge(&self, now: Timestamp) -> Result<(), BoxError> {
        match self {
            Store::Memory(Blocking(store)) => store.purge(now, RETENTION),
        };
        Ok(())
    }
}

impl AsyncTokenStore for Store {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match self {
            Store::Memory(store) => Ok(store.get(uid, flag).await?),
        }
    }

    async fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, BoxError> {
        match self {
            Store::Memory(store) => Ok(store.others(uid, flag).await?),
        }
    }
}
