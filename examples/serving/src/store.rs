//! Where tokens are kept. This file is all that the rest of the gateway sees of it: another store is
//! another variant here.

#[cfg(any(test, feature = "double"))]
pub mod double;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};
use wukongim_auth::compare::SecretForm;
use wukongim_auth::provision::Registration;
use wukongim_auth::{
    AsyncTokenStore, BoxError, DeviceFlag, DeviceFlags, MemoryStore, Ready, Timestamp, TokenRecord,
    TokenStore,
};

use wukongim_stores::redb::DurableStore;
use wukongim_stores::redis::{Announcement, RedisStore, Revocations};

/// How long a revoked or expired token is remembered, so that the log can name the cause instead of
/// an unknown token.
const RETENTION: Duration = TokenRecord::RETENTION;

/// How addresses of a Redis begin: without TLS and with it, by itself and through sentinels.
const REDIS: [&str; 4] = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"];

/// The store that `--store` names.
pub enum Store {
    /// In this process, gone with it.
    Memory(Ready<MemoryStore>),
    /// The same, to try out a store that cannot be reached: its lookups fail while this file
    /// exists.
    Faulty(Ready<MemoryStore>, PathBuf),
    /// In a file of this process alone.
    File(Arc<DurableStore>),
    /// In Redis, shared by all gateways there.
    Redis(Box<RedisStore>),
    #[cfg(any(test, feature = "double"))]
    Double(double::Double),
}

impl Store {
    /// Opens the store that `--store` names. An address may hold a password, and is not repeated.
    pub fn open(name: &str) -> Result<Self, BoxError> {
        let memory = Ready(MemoryStore::new());
        match name.split_once(':') {
            None if name == "memory" => Ok(Store::Memory(memory)),
            Some(("redb", file)) => match DurableStore::open(Path::new(file)) {
                Ok(store) => Ok(Store::File(Arc::new(store))),
                Err(error) => Err(format!("--store {name}: {error}").into()),
            },
            Some(("faulty", file)) => Ok(Store::Faulty(memory, file.into())),
            Some((scheme, _)) if REDIS.contains(&scheme) => match RedisStore::open(name) {
                Ok(store) => Ok(Store::Redis(store.into())),
                Err(error) => {
                    Err(format!("--store {scheme}:… is not an address of a Redis / 不是 Redis 的地址: {error}").into())
                }
            },
            _ => Err("--store is none of memory, redb:FILE and redis://HOST:PORT / --store 须为 memory、redb:FILE 或 redis://HOST:PORT".into()),
        }
    }

    /// In which form tokens are kept.
    pub fn secret_form(&self) -> SecretForm {
        match self {
            Store::File(_) | Store::Redis(_) => SecretForm::Digest,
            _ => SecretForm::Plain,
        }
    }

    /// Whether others may write to it as well.
    pub fn is_shared(&self) -> bool {
        matches!(self, Store::Redis(_))
    }

    /// Fails if lookups are to fail.
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
        self.put(&uid, device_flag, record).await
    }

    /// The same for a record that comes from elsewhere.
    pub async fn put(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        match self {
            Store::Memory(Ready(store)) | Store::Faulty(Ready(store), _) => {
                store.insert(uid, device_flag, record)
            }
            Store::File(store) => {
                let (store, uid) = (store.clone(), uid.to_owned());
                blocking(move || Ok(store.issue(&uid, device_flag, record)?)).await?;
            }
            Store::Redis(store) => store.issue(uid, device_flag, record).await?,
            #[cfg(any(test, feature = "double"))]
            Store::Double(double) => double.memory.insert(uid, device_flag, record),
        }
        Ok(())
    }

    /// Leaves a tombstone if there is a token.
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
            Store::File(store) => {
                let (store, uid) = (store.clone(), uid.to_owned());
                blocking(move || Ok(store.revoke(&uid, device_flag, now)?)).await?;
            }
            Store::Redis(store) => {
                if let Announcement::Refused { why } = store.revoke(uid, device_flag, now).await? {
                    warn!(
                        "token revoked, but other servers on this store were not told and see it late: {why}"
                    );
                }
            }
            #[cfg(any(test, feature = "double"))]
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
            // Redis' keys end by themselves; a file keeps what was once registered.
            Store::File(_) | Store::Redis(_) => {}
            #[cfg(any(test, feature = "double"))]
            Store::Double(double) => drop(double.memory.purge(now, RETENTION)),
        }
        Ok(())
    }

    /// Logs what will go wrong with this store one day.
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

    /// Reports revocations through other servers, if there can be any.
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
            Store::File(store) => Ok(TokenStore::get(&**store, uid, flag)?),
            Store::Redis(store) => Ok(store.get(uid, flag).await?),
            #[cfg(any(test, feature = "double"))]
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
            Store::File(store) => Ok(TokenStore::get_all(&**store, uid, flags)?),
            Store::Redis(store) => Ok(store.get_all(uid, flags).await?),
            #[cfg(any(test, feature = "double"))]
            Store::Double(double) => double.get_all(uid, flags).await,
        }
    }
}

/// A write that returns once it is on the disk.
async fn blocking(
    write: impl FnOnce() -> Result<(), BoxError> + Send + 'static,
) -> Result<(), BoxError> {
    tokio::task::spawn_blocking(write).await?
}
