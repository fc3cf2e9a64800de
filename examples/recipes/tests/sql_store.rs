//! The recipe's store on a real file, through sqlx's pool.

use std::path::PathBuf;
use std::{fs, io};

use wukongim_auth::compare::SecretForm;
use wukongim_auth::{
    Credentials, DeviceFlag, DeviceLevel, Timestamp, Token, TokenRecord, Verifier,
};

#[path = "sql_store/contract.rs"]
mod contract;
#[path = "../examples/sql_store.rs"]
#[allow(dead_code, reason = "its `main` is run as a program")]
mod sql_store;

use sql_store::SqlStore;

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

#[tokio::test]
async fn a_file_that_is_read_again_holds_digests_only() {
    let folder = Folder::new("digests");
    let path = folder.0.join("tokens.db");
    let path = path.to_str().unwrap();
    let store = SqlStore::open(path).await.unwrap();
    let record = TokenRecord::issue(Token::new("s3cret-of-alice"), DeviceLevel::Master);
    let issued = store.issue("alice", DeviceFlag::Web, record).await;
    issued.unwrap();
    store.0.close().await;

    let again = SqlStore::open(path).await.unwrap();
    let credentials = Credentials::new("alice", DeviceFlag::Web, "s3cret-of-alice");
    let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    let verified = verifier
        .verify_async(&again, &credentials, Timestamp::now())
        .await;
    assert_eq!(verified.unwrap().device_level(), DeviceLevel::Master);
    again.0.close().await;

    assert!(!holds_token(&fs::read(path).unwrap()));
    for entry in fs::read_dir(&folder.0).unwrap() {
        // SQLite may still be removing its journal.
        match fs::read(entry.unwrap().path()) {
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
            Ok(bytes) => assert!(!holds_token(&bytes)),
        }
    }
}

fn holds_token(bytes: &[u8]) -> bool {
    let token = b"s3cret-of-alice";
    bytes.windows(token.len()).any(|part| part == token)
}
