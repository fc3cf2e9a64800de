//! Where tokens are kept. All the rest of the gateway sees of it is this file: another store is
//! another variant here.

use std::path::PathBuf;
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
    /// The same, for trying out a store that cannot be reached: its look-ups fail while this file
    /// exists.
    Faulty(Blocking<MemoryStore>, PathBuf),
    #[cfg(test)]
    Double(double::Double),
}

impl Store {
    /// Opens the store that `--store` names.
    pub fn open(name: &str) -> Result<Self, BoxError> {
        let memory = Blocking(MemoryStore::new());
        match name.split_once(':') {
            None if name == "memory" => Ok(Store::Memory(memory)),
            Some(("faulty", file)) => Ok(Store::Faulty(memory, file.into())),
            _ => Err(format!("--store {name} is not known, only memory is").into()),
        }
    }

    /// Fails where look-ups are to.
    fn reachable(&self) -> Result<(), BoxError> {
        match self {
            Store::Faulty(_, file) if file.exists() => {
                Err(format!("{} exists", file.display()).into())
            }
            _ => Ok(()),
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
            Store::Memory(Blocking(store)) | Store::Faulty(Blocking(store), _) => {
                store.insert(&uid, device_flag, record)
            }
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
            Store::Memory(Blocking(store)) | Store::Faulty(Blocking(store), _) => {
                store.update(uid, device_flag, revoke)
            }
            #[cfg(test)]
            Store::Double(double) => double.memory.update(uid, device_flag, revoke),
        };
        Ok(())
    }

    /// Forgets what nobody needs any more.
    pub async fn purge(&self, now: Timestamp) -> Result<(), BoxError> {
        match self {
            Store::Memory(Blocking(store)) | Store::Faulty(Blocking(store), _) => {
                store.purge(now, RETENTION)
            }
            #[cfg(test)]
            Store::Double(double) => double.memory.purge(now, RETENTION),
        };
        Ok(())
    }
}

impl AsyncTokenStore for Store {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.reachable()?;
        match self {
            Store::Memory(store) | Store::Faulty(store, _) => Ok(store.get(uid, flag).await?),
            #[cfg(test)]
            Store::Double(double) => double.get(uid, flag).await,
        }
    }

    async fn others(&self, uid: &str, flag: DeviceFlag) -> Result<OtherRecords, BoxError> {
        self.reachable()?;
        match self {
            Store::Memory(store) | Store::Faulty(store, _) => Ok(store.others(uid, flag).await?),
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
        /// No look-up ends.
        Silent,
        /// This user's record cannot be read.
        Unreadable(&'static str),
        /// No look-up gets an answer.
        Unreachable,
    }

    pub struct Double {
        pub memory: MemoryStore,
        pub fault: Fault,
    }

    impl Double {
        pub async fn get(
            &self,
            uid: &str,
            flag: DeviceFlag,
        ) -> Result<Option<TokenRecord>, BoxError> {
            match self.fault {
                Fault::Silent => std::future::pending::<()>().await,
                Fault::Unreachable => return Err("unreachable".into()),
                Fault::Unreadable(broken) if uid == broken => return Err("unreadable".into()),
                _ => {}
            }
            let seen = self.memory.get(uid, flag)?;
            if self.fault == Fault::RevokedWhenSeen {
                self.memory.update(uid, flag, |record| {
                    record.map(|record| record.revoke(Timestamp::now()))
                });
            }
            Ok(seen)
        }
    }
}
