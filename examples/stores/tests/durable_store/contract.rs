//! The store keeps the contract.

use wukongim_auth::compare::Secret;
use wukongim_auth::testkit::{Requirement, StoreUnderTest, check};
use wukongim_auth::{BoxError, DeviceFlag, Ready, Timestamp, TokenRecord, TokenStore};
use wukongim_stores::redb::DurableStore;
use wukongim_test_support::records::issued;

use super::Folder;

struct Durable(Ready<DurableStore>);

impl StoreUnderTest for Durable {
    type Store = Ready<DurableStore>;

    fn store(&self) -> &Self::Store {
        &self.0
    }

    async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        Ok(self.0.0.issue(uid, flag, record)?)
    }

    async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), BoxError> {
        Ok(self.0.0.rotate(uid, flag, secret, overlap_ends)?)
    }

    async fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), BoxError> {
        Ok(self.0.0.revoke(uid, flag, now)?)
    }

    async fn overwrite(
        &self,
        uid: &str,
        flag: DeviceFlag,
        written: &[u8],
    ) -> Result<bool, BoxError> {
        self.0.0.overwrite(uid, flag, written)?;
        Ok(true)
    }
}

#[test]
fn the_durable_store_keeps_the_contract() {
    let folder = Folder::new("durable-contract");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let report = check(&Durable(Ready(store)));
    assert!(report.holds(), "{report}");
    assert_eq!(report.skipped(), [] as [Requirement; 0]);
}

/// A tombstone from before revocations were counted; and what cannot be read is replaced all the same.
#[test]
fn issuing_carries_over_how_often_the_token_was_revoked() {
    let folder = Folder::new("durable-revocations");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let (flag, digest) = (DeviceFlag::Web, "0".repeat(64));
    let tombstone = format!(r#"{{"v":1,"sha256":"{digest}","device_level":0,"revoked_at":5}}"#);
    for (written, count) in [(tombstone.as_str(), 1), ("garbage", 0)] {
        store.overwrite("u", flag, written.as_bytes()).unwrap();
        store.issue("u", flag, issued("t")).unwrap();
        let revocations = || store.get("u", flag).unwrap().unwrap().revocations();
        assert_eq!(revocations(), count, "{written}");
        store.revoke("u", flag, Timestamp::now()).unwrap();
        assert_eq!(revocations(), count + 1, "{written}");
    }
}

#[test]
fn what_is_not_there_is_not_rotated() {
    let folder = Folder::new("durable-absent");
    let store = DurableStore::open(&folder.file("tokens.redb")).unwrap();
    let rotate = || {
        let secret = wukongim_auth::Token::new("next").into();
        store.rotate("u", DeviceFlag::Web, secret, Timestamp::MAX)
    };
    let error = rotate().unwrap_err().to_string();
    assert_eq!(error, "there is no token, issue one instead of rotating it");
    assert!(store.get("u", DeviceFlag::Web).unwrap().is_none());
    store.issue("u", DeviceFlag::Web, issued("t")).unwrap();
    rotate().unwrap();
    store
        .revoke("u", DeviceFlag::Web, Timestamp::now())
        .unwrap();
    assert!(rotate().unwrap_err().to_string().contains("revoked"));
    // An unknown user has nothing to revoke.
    store
        .revoke("nobody", DeviceFlag::Web, Timestamp::now())
        .unwrap();
}
