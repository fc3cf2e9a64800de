//! The recipe's store keeps the contract on a real file, through sqlx's pool.

use std::fs;
use std::path::PathBuf;

use tokio::runtime::Runtime;
use wukongim_auth::compare::{Secret, SecretForm};
use wukongim_auth::testkit::{StoreUnderTest, check};
use wukongim_auth::{
    BoxError, Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
};

#[path = "../examples/sql_store.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod sql_store;

use sql_store::SqlStore;

struct UnderTest {
    runtime: Runtime,
    store: SqlStore,
    _folder: Folder,
}

/// A folder of its own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl UnderTest {
    fn new(name: &str) -> Self {
        let (runtime, folder) = (Runtime::new().unwrap(), Folder::new(name));
        let path = folder.0.join("tokens.db");
        let store = runtime.block_on(SqlStore::open(path.to_str().unwrap()));
        UnderTest {
            runtime,
            store: store.unwrap(),
            _folder: folder,
        }
    }
}

impl StoreUnderTest for UnderTest {
    type Store = SqlStore;

    fn store(&self) -> &SqlStore {
        &self.store
    }

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
    let report = check(&UnderTest::new("contract"));
    assert!(report.holds() && report.skipped().is_empty(), "{report}");
}

#[test]
fn a_file_that_is_read_again_holds_digests_only() {
    let test = UnderTest::new("digests");
    let path = test._folder.0.join("tokens.db");
    test.runtime.block_on(async {
        let record = TokenRecord::issue(Token::new("s3cret-of-alice"), DeviceLevel::Master);
        test.store
            .issue("alice", DeviceFlag::Web, record)
            .await
            .unwrap();
        test.store.0.close().await;
        let again = SqlStore::open(path.to_str().unwrap()).await.unwrap();
        let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret-of-alice");
        let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
        let verified = verifier
            .verify_async(&again, &credentials, Timestamp::now())
            .await;
        assert_eq!(verified.unwrap().device_level(), DeviceLevel::Master);
        again.0.close().await;
    });
    for entry in fs::read_dir(&test._folder.0).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let token = b"s3cret-of-alice";
        assert!(!bytes.windows(token.len()).any(|part| part == token));
    }
}
