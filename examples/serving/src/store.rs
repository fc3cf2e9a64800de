//! Where tokens are kept. The rest of the gateway knows stores only through this file: another
//! store is another variant here.

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

/// How addresses of a Redis begin: without and with TLS, direct and through sentinels.
const REDIS: [&str; 4] = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"];

/// The store that `--store` names.
pub enum Store {
    /// In this process; lost when it ends.
    Memory(Ready<MemoryStore>),
    /// The same, to try out a store that cannot be reached: lookups fail as long as this file
    /// exists.
    Faulty(Ready<MemoryStore>, PathBuf),
    /// In a file that only this process uses.
    File(Arc<DurableStore>),
    /// In Redis, shared by all gateways that use it.
    Redis(Box<RedisStore>),
    #[cfg(any(test, feature = "double"))]
    Double(double::Double),
}

impl Store {
    /// Opens the store that `--store` names. Errors do not repeat an address, because it may
    /// contain a password.
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

    /// The form in which tokens are kept.
    pub fn secret_form(&self) -> SecretForm {
        match self {
            Store::File(_) | Store::Redis(_) => SecretForm::Digest,
            _ => SecretForm::Plain,
        }
    }

    /// Whether other processes may write to it as well.
    pub fn is_shared(&self) -> bool {
        matches!(self, Store::Redis(_))
    }

    /// Fails if lookups should fail.
    fn reachable(&self) -> Result<(), BoxError> {
        match self {
            Store::Faulty(_, file) if file.exists() => {
                Err(format!("{} exists", file.display()).into())
            }
            _ => Ok(()),
        }
    }

    /// Registers a token, and replaces an existing one.
    pub async fn issue(&self, registration: Registration) -> Result<(), BoxError> {
        let Registration {
            uid,
            device_flag,
            record,
            ..
        } = registration;
        self.put(&uid, device_flag, record).await
    }

    /// The same, for a record that was created elsewhere.
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

    /// Removes obsolete records.
    pub async fn purge(&self, now: Timestamp) -> Result<(), BoxError> {
        match self {
            Store::Memory(Ready(store)) | Store::Faulty(Ready(store), _) => {
                store.purge(now, RETENTION);
            }
            // Keys in Redis expire by themselves; a file keeps everything that was ever registered.
            Store::File(_) | Store::Redis(_) => {}
            #[cfg(any(test, feature = "double"))]
            Store::Double(double) => drop(double.memory.purge(now, RETENTION)),
        }
        Ok(())
    }

    /// Logs the problems that this store is going to have.
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

/// A write that returns once its data is on the disk.
async fn blocking(
    write: impl FnOnce() -> Result<(), BoxError> + Send + 'static,
) -> Result<(), BoxError> {
    tokio::task::spawn_blocking(write).await?
}
