//! Where tokens are kept. All the rest of the gateway sees of it is this file: another store is
//! another variant here.

#[cfg(test)]
pub mod double;

use std::path::PathBuf;
use std::time::Duration;

use tracing::{debug, warn};
use wukongim_auth::compare::SecretForm;
use wukongim_auth::provision::Registration;
use wukongim_auth::{
    AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, MemoryStore, Ready, Timestamp, TokenRecord,
};

use wukongim_stores::redis::{Announcement, RedisStore, Revocations};

/// How long a revoked or ended token is remembered, so that its bearer is told apart from a
/// stranger.
const RETENTION: Duration = TokenRecord::RETENTION;

/// How addresses of a Redis begin: without TLS and with it, by itself and through sentinels.
const REDIS: [&str; 4] = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"];

/// The store that `--store` names.
pub enum Store {
    /// In this process, gone with it.
    Memory(Ready<MemoryStore>),
    /// The same, for trying out a store that cannot be reached: its lookups fail while this file
    /// exists.
    Faulty(Ready<MemoryStore>, PathBuf),
    /// In Redis, shared by all gateways there.
    Redis(Box<RedisStore>),
    #[cfg(test)]
    Double(double::Double),
}

impl Store {
    /// Opens the store that `--store` names. An address may hold a password, and is not repeated.
    pub fn open(name: &str) -> Result<Self, BoxError> {
        let memory = Ready(MemoryStore::new());
        match name.split_once(':') {
            None if name == "memory" => Ok(Store::Memory(memory)),
            Some(("faulty", file)) => Ok(Store::Faulty(memory, file.into())),
            Some((scheme, _)) if REDIS.contains(&scheme) => match RedisStore::open(name) {
                Ok(store) => Ok(Store::Redis(store.into())),
                Err(error) => {
                    Err(format!("--store {scheme}:… is no address of a Redis: {error}").into())
                }
            },
            _ => Err("--store is neither memory nor redis://HOST:PORT".into()),
        }
    }

    /// In which form tokens are kept.
    pub fn secret_form(&self) -> SecretForm {
        match self {
            Store::Redis(_) => SecretForm::Digest,
            _ => SecretForm::Plain,
        }
    }

    /// Fails where lookups are to.
    fn reachable(&self) -> Result<(), BoxError> {
        match self {
            Store::Faulty(_, file) if file.exists() => {
                Err(format!("{} exists", file.display()).into())
            }
            _ => Ok(()),
        }
    }

    /// Registers a token in place of what is there.
    pub async fn issue(&self, registration: Registration) -> Result<(), BoxError> {
        let Registration {
            uid,
            device_flag,
            record,
            ..
        } = registration;
        match self {
            Store::Memory(Ready(store)) | Store::Faulty(Ready(store), _) => {
                store.insert(&uid, device_flag, record)
            }
            Store::Redis(store) => store.issue(&uid, device_flag, record).await?,
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
        match self {
            Store::Memory(Ready(store)) | Store::Faulty(Ready(store), _) => {
                drop(store.revoke(uid, device_flag, now))
            }
            Store::Redis(store) => {
                if let Announcement::Refused { why } = store.revoke(uid, device_flag, now).await? {
                    warn!("token revoked, but other gateways were not told and see it late: {why}");
                }
            }
            #[cfg(test)]
            Store::Double(double) => double.revoke(uid, device_flag, now),
        }
        Ok(())
    }

    /// Forgets what nobody needs any more.
    pub async fn purge(&self, now: Timestamp) -> Result<(), BoxError> {
        match self {
            Store::Memory(Ready(store)) | Store::Faulty(Ready(store), _) => {
                store.purge(now, RETENTION);
            }
            // Its keys end by themselves.
            Store::Redis(_) => {}
            #[cfg(test)]
            Store::Double(double) => drop(double.memory.purge(now, RETENTION)),
        }
        Ok(())
    }

    /// Says in the log what will go wrong with this store one day.
    pub async fn check_up(&self) {
        let Store::Redis(store) = self else {
            return;
        };
        match store.checkup().await {
            Ok(concerns) => {
                for (node, concern) in concerns {
                    warn!("Redis at {node}: {concern}");
                }
                debug!("Redis was looked over");
            }
            Err(error) => debug!("Redis cannot be looked over: {error}"),
        }
    }

    /// Tells of revocations through other gateways, where there can be any.
    pub async fn revocations(&self) -> Result<Option<Revocations>, BoxError> {
        match self {
            Store::Redis(store) => Ok(Some(store.revocations().await?)),
            _ => Ok(None),
        }
    }
}

impl AsyncTokenStore for Store {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        self.reachable()?;
        match self {
            Store::Memory(store) | Store::Faulty(store, _) => Ok(store.get(uid, flag).await?),
            Store::Redis(store) => Ok(store.get(uid, flag).await?),
            #[cfg(test)]
            Store::Double(double) => double.get(uid, flag).await,
        }
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        self.reachable()?;
        match self {
            Store::Memory(store) | Store::Faulty(store, _) => Ok(store.get_all(uid, flags).await?),
            Store::Redis(store) => Ok(store.get_all(uid, flags).await?),
            #[cfg(test)]
            Store::Double(double) => double.get_all(uid, flags).await,
        }
    }
}
