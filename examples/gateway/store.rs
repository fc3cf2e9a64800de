//! Where tokens are kept. All the rest of the gateway sees of it is this file: another store is
//! another variant here.

use std::time::Duration;

use wukongim_auth::{
    AsyncTokenStore, Blocking, BoxError, DeviceFlag, Issued, MemoryStore, OtherRecords, Timestamp,
    TokenRecord,
};

/// How long a revoked or ended token is remembered, so that its bearer is told apart from a
/// stranger.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The store that `--store` names.
pub enum Store {
    /// In this process, gone with it.
    Memory(Blocking<MemoryStore>),
    #[cfg(test)]
    Double(double::Double),
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
        let Issued {
            uid,
            device_flag,
            record,
            ..
        } = issued;
        match self {
            Store::Memory(Blocking(store)) => store.insert(&uid, device_flag, record),
            #[cfg(test)]
            Store::Double(double) => double.memory.insert(&uid, device_flag, record),
        }
        Ok(())
    }

    /// Leaves a tombstone where there is a token.
    pub async fn revoke(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        now: Timestamp,
    ) -> Result<(), BoxError> {
        let revoke = |record: Option<TokenRecord>| record.map(|record| record.revoke(now));
        match self {
            Store::Memory(Blocking(store)) => store.update(uid, device_flag, revoke),
            #[cfg(test)]
            Store::Double(double) => double.memory.update(uid, device_flag, revoke),
        };
        Ok(())
    }

    /// Forgets what nobody needs any more.
    pub async fn purge(&self, now: Timestamp) -> Result<(), BoxError> {
        match self {
            Store::Memory(Blocking(store)) => store.purge(now, RETENTION),
            #[cfg(test)]
            Store::Double(double) => double.memory.purge(now, RETENTION),
        };
        Ok(())
    }
}

impl AsyncTokenStore for Store {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        match self {
            Store::Memory(store) => Ok(store.get(uid, flag).await?),
            #[cfg(test)]
            Store::Double(double) => double.get(uid, flag),
        }
    }

    async fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, BoxError> {
        match self {
            Store::Memory(store) => Ok(store.others(uid, flag).await?),
            #[cfg(test)]
            Store::Double(_) => Ok(OtherRecords::new()),
        }
    }
}

/// A store that does what is hard to catch a real one at.
#[cfg(test)]
pub mod double {
    use wukongim_auth::TokenStore;

    use super::*;

    /// What goes wrong.
    #[derive(PartialEq, Eq)]
    pub enum Fault {
        /// Every record is revoked as soon as it has been looked up.
        RevokedWhenSeen,
        /// No look-up gets an answer.
        Unreachable,
    }

    pub struct Double {
        pub memory: MemoryStore,
        pub fault: Fault,
    }

    impl Double {
        pub fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
            if self.fault == Fault::Unreachable {
                return Err("unreachable".into());
            }
            let seen = self.memory.get(uid, flag)?;
            self.memory.update(uid, flag, |record| {
                record.map(|record| record.revoke(Timestamp::now()))
            });
            Ok(seen)
        }
    }
}
