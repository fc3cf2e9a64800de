//! Two gateways' stores on one Redis.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Runtime;
use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::StoreUnderTest;
use wukongim_auth::{BoxError, DeviceFlag, Timestamp, TokenRecord};
use wukongim_stores::redis::{Announcement, RedisStore};

/// Two gateways' connections to one Redis: what one writes, the other reads.
pub struct Shared {
    pub runtime: Runtime,
    stores: [RedisStore; 2],
    turn: AtomicUsize,
    urls: Vec<String>,
}

impl Shared {
    pub fn over(urls: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let stores = {
            let _inside = runtime.enter();
            [
                RedisStore::open(urls).unwrap(),
                RedisStore::open(urls).unwrap(),
            ]
        };
        let turn = AtomicUsize::new(0);
        Shared {
            runtime,
            stores,
            turn,
            urls: urls.split(',').map(str::to_owned).collect(),
        }
    }

    fn writer(&self) -> &RedisStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl StoreUnderTest for Shared {
    type Store = RedisStore;

    fn store(&self) -> &RedisStore {
        &self.stores[0]
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        Ok(self.writer().issue(uid, flag, record).await?)
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        Ok(self
            .writer()
            .rotate(uid, flag, secret, overlap_ends)
            .await?)
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        let announcement = self.writer().revoke(uid, flag, now).await?;
        assert_eq!(announcement, Announcement::Published);
        Ok(())
    }

    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        let field = u8::from(flag).to_string();
        let mut command = redis::cmd("HSET");
        command.arg(key(uid)).arg(field).arg(written);
        // In a cluster, one of the nodes takes it.
        let mut taken = self.urls.iter().map(|url| -> redis::RedisResult<()> {
            command.exec(&mut redis::Client::open(url.as_str())?.get_connection()?)
        });
        Ok(taken.any(|outcome| outcome.is_ok()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// Of a uid without braces.
pub fn key(uid: &str) -> String {
    format!("wkauth:{{{uid}}}")
}
