//! Tokens in SQLite, by sqlx. Only their digests are stored.
//!
//! `cargo run -p wukongim-recipes --features sql --example sql_store` keeps them in `tokens.db`.

// recipe: sql_store
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode::Wal};
use wukongim_auth::compare::{Secret, SecretForm};
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{
    AsyncTokenStore, BoxError, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Timestamp, Token,
    TokenRecord, Verifier,
};

/// A BLOB is compared byte by byte, and times are milliseconds since 1970.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS tokens (
        uid BLOB NOT NULL, device_flag INTEGER NOT NULL,
        sha256 BLOB NOT NULL, device_level INTEGER NOT NULL, expires_at INTEGER,
        superseded BLOB, superseded_until INTEGER,
        revoked_at INTEGER, revocations INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (uid, device_flag)
    ) STRICT, WITHOUT ROWID";

/// A user's rows, each as the JSON that a `StoredRecord` is read from.
const SELECT: &str = "
    SELECT device_flag, json_object(
        'v', 1, 'sha256', lower(hex(sha256)), 'device_level', device_level,
        'expires_at', expires_at, 'superseded', json(CASE WHEN superseded IS NOT NULL THEN
            json_object('sha256', lower(hex(superseded)), 'until', superseded_until) END),
        'revoked_at', revoked_at, 'revocations', revocations)
    FROM tokens WHERE uid = ?";

#[derive(Clone)]
pub struct SqlStore(pub SqlitePool);

impl AsyncTokenStore for SqlStore {
    type Error = BoxError;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, BoxError> {
        let found = self.get_all(uid, flag.into()).await?.pop();
        Ok(found.map(|(_, record)| record))
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, BoxError> {
        let select = sqlx::query_as(SELECT).bind(uid.as_bytes());
        let rows: Vec<(u8, String)> = select.fetch_all(&self.0).await?;
        let mut records = Vec::new();
        for (flag, json) in rows {
            let flag = DeviceFlag::from(flag);
            if flags.contains(flag) {
                // A row that cannot be read is an error, never "no token".
                let stored: StoredRecord = serde_json::from_str(&json)?;
                records.push((flag, TokenRecord::try_from(stored)?));
            }
        }
        Ok(records)
    }
}

/// What your server does when a user logs in, and out. Each is one statement, which is atomic.
impl SqlStore {
    pub async fn open(path: &str) -> Result<Self, BoxError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options.journal_mode(Wal)).await?;
        sqlx::query(SCHEMA).execute(&pool).await?;
        Ok(SqlStore(pool))
    }

    /// Replaces everything but `revocations`, which identifies sessions from before a revocation.
    pub async fn issue(
        &self,
        uid: &str,
        flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), BoxError> {
        let insert = "INSERT INTO tokens (uid, device_flag, sha256, device_level, expires_at)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT (uid, device_flag) DO UPDATE SET
            sha256 = excluded.sha256, device_level = excluded.device_level,
            expires_at = excluded.expires_at, superseded = NULL, superseded_until = NULL,
            revoked_at = NULL";
        let insert = sqlx::query(insert)
            .bind(uid.as_bytes())
            .bind(u8::from(flag));
        let insert = insert
            .bind(blob(record.secret()))
            .bind(u8::from(record.device_level()));
        let expires_at = record.expires_at().map(Timestamp::as_millis);
        insert.bind(expires_at).execute(&self.0).await?;
        Ok(())
    }

    /// Accepts the old token until `overlap_ends`. Returns whether there was one.
    pub async fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<bool, BoxError> {
        let update = "UPDATE tokens SET superseded = sha256, superseded_until = ?, sha256 = ?
            WHERE uid = ? AND device_flag = ? AND revoked_at IS NULL";
        let update = sqlx::query(update)
            .bind(overlap_ends.as_millis())
            .bind(blob(&secret));
        let update = update.bind(uid.as_bytes()).bind(u8::from(flag));
        Ok(update.execute(&self.0).await?.rows_affected() > 0)
    }

    /// Leaves a tombstone: deleting the row would forget that there was a token.
    pub async fn revoke(
        &self,
        uid: &str,
        flag: DeviceFlag,
        now: Timestamp,
    ) -> Result<(), BoxError> {
        let update = "UPDATE tokens SET revoked_at = ?, revocations = revocations + 1,
            superseded = NULL, superseded_until = NULL
            WHERE uid = ? AND device_flag = ? AND revoked_at IS NULL";
        let update = sqlx::query(update).bind(now.as_millis());
        let update = update.bind(uid.as_bytes()).bind(u8::from(flag));
        update.execute(&self.0).await?;
        Ok(())
    }
}

fn blob(secret: &Secret) -> Vec<u8> {
    secret.digest().expose_secret().to_vec()
}

#[tokio::main]
pub async fn main() -> Result<(), BoxError> {
    let store = SqlStore::open("tokens.db").await?;
    let record = TokenRecord::issue(Token::new("s3cret"), DeviceLevel::Slave);
    store.issue("alice", DeviceFlag::App, record).await?;
    let verifier = Verifier::new().with_stored_form(SecretForm::Digest);
    for (flag, token) in [(DeviceFlag::App, "s3cret"), (DeviceFlag::Web, "s3cret")] {
        let credentials = Credentials::new("alice", flag, token);
        match verifier
            .verify_async(&store, &credentials, Timestamp::now())
            .await
        {
            Ok(verified) => println!("accepted: {} on {flag}", verified.uid()),
            Err(error) => println!("rejected: {error:#}"),
        }
    }
    Ok(())
}
// recipe ends
