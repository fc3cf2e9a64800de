//! The recipe's store keeps the contract on a real file, through sqlx's pool.

// recipe: store_under_test
use std::{env, fs, process};

use tokio::runtime::Runtime;
use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::{StoreUnderTest, check};
use wukongim_auth::{BoxError, DeviceFlag, Timestamp, TokenRecord};

use super::SqlStore;

struct UnderTest {
    runtime: Runtime,
    store: SqlStore,
}

impl StoreUnderTest for UnderTest {
    type Store = SqlStore;

    fn store(&self) -> &SqlStore {
        &self.store
    }

    /// Also succeeds over a record that cannot be read: SQL replaces it unread.
    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        self.store.issue(uid, flag, record).await
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        self.store.rotate(uid, flag, secret, overlap_ends).await?;
        Ok(())
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        self.store.revoke(uid, flag, now).await
    }

    /// Damages a record, to test that a lookup then fails.
    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        let update = "UPDATE tokens SET sha256 = ? WHERE uid = ? AND device_flag = ?";
        let update = sqlx::query(update).bind(written).bind(uid.as_bytes());
        let update = update.bind(u8::from(flag)).execute(&self.store.0).await?;
        Ok(update.rows_affected() == 1)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

#[test]
fn the_store_keeps_the_contract() {
    let folder = env::temp_dir().join(format!("tokens-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("tokens.db");
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(SqlStore::open(path.to_str().unwrap()));
    let store = store.unwrap();
    let report = check(&UnderTest { runtime, store });
    fs::remove_dir_all(&folder).unwrap();
    assert!(report.holds() && report.skipped().is_empty(), "{report}");
}
// recipe ends
