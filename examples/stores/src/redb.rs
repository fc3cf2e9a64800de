//! Records in a redb file. A write returns once it is on disk; writers wait for one another,
//! readers never wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::{RotateError, StoredRecord, StoredRecordError};
use wukongim_auth::{DeviceFlag, DeviceFlags, Timestamp, TokenRecord, TokenStore};

/// (uid, device flag) to the record as JSON. redb compares strings by their bytes.
const RECORDS: TableDefinition<'_, (&str, u8), &[u8]> = TableDefinition::new("records");

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the file: {0}")]
    File(#[from] redb::Error),
    /// Without the library's own message, which may quote the record, and with it a secret.
    #[error("a record is not JSON as it should be, at line {line} column {column}")]
    Json { line: usize, column: usize },
    #[error(transparent)]
    Record(#[from] StoredRecordError),
    #[error(transparent)]
    Rotate(#[from] RotateError),
    #[error("there is no token, issue one instead of rotating it")]
    Absent,
    #[error("the file is damaged, put a backup in its place")]
    Damaged,
}

pub struct DurableStore(Database);

impl DurableStore {
    /// Opens or creates a file. Only one process may use it at a time. The whole file is read
    /// first: if it is damaged, that is an error now instead of a wrong answer or a panic later,
    /// and the file is left as it is.
    pub fn open(file: &Path) -> Result<Self, Fault> {
        let database = guarded(|| {
            let mut builder = Database::builder();
            builder.set_check_integrity_on_open(true);
            Ok(builder.create(file).map_err(redb::Error::from)?)
        })?;
        let store = DurableStore(database);
        // Reading a table that was never written to is an error, so it is created here.
        store.write(|_| Ok(()))?;
        Ok(store)
    }

    /// Registers a record as a digest, and replaces an existing one.
    pub fn issue(&self, uid: &str, flag: DeviceFlag, record: TokenRecord) -> Result<(), Fault> {
        self.write(|table| {
            let key = (uid, flag.into());
            // A record that cannot be read is replaced, too.
            let before = table.get(key).map_err(redb::Error::from)?;
            let before = before.and_then(|value| read(value.value()).ok());
            let record = record.replacing(before.as_ref()).into_digest_only();
            table
                .insert(key, written(&record)?.as_slice())
                .map_err(redb::Error::from)?;
            Ok(())
        })
    }

    /// Overwrites a record with these bytes, as a disk or another program may do.
    #[doc(hidden)]
    pub fn overwrite(&self, uid: &str, flag: DeviceFlag, written: &[u8]) -> Result<(), Fault> {
        self.write(|table| {
            table
                .insert((uid, flag.into()), written)
                .map_err(redb::Error::from)?;
            Ok(())
        })
    }

    /// Makes `secret` the current token; the previous one is accepted until `overlap_ends`. It is
    /// an error if there is no token: the new one would then not be accepted either.
    pub fn rotate(
        &self,
        uid: &str,
        flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), Fault> {
        let rotated = self.update(uid, flag, |record| {
            let rotated = record.rotate(secret, overlap_ends)?;
            Ok(rotated.into_digest_only())
        })?;
        rotated.then_some(()).ok_or(Fault::Absent)
    }

    /// Leaves a tombstone if there is a token.
    pub fn revoke(&self, uid: &str, flag: DeviceFlag, now: Timestamp) -> Result<(), Fault> {
        self.update(uid, flag, |record| Ok(record.revoke(now)))?;
        Ok(())
    }

    /// Replaces the existing record by the result of `change`, in one transaction. Returns whether
    /// there was a record.
    fn update(
        &self,
        uid: &str,
        flag: DeviceFlag,
        change: impl FnOnce(TokenRecord) -> Result<TokenRecord, Fault>,
    ) -> Result<bool, Fault> {
        self.write(|table| {
            let key = (uid, flag.into());
            let before = table.get(key).map_err(redb::Error::from)?;
            let Some(before) = before.map(|value| read(value.value())).transpose()? else {
                return Ok(false);
            };
            let after = written(&change(before)?)?;
            table
                .insert(key, after.as_slice())
                .map_err(redb::Error::from)?;
            Ok(true)
        })
    }

    /// If anything fails on the way, nothing is committed.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut redb::Table<'_, (&'static str, u8), &'static [u8]>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        guarded(|| {
            let transaction = self.0.begin_write().map_err(redb::Error::from)?;
            let outcome = {
                let mut table = transaction.open_table(RECORDS).map_err(redb::Error::from)?;
                change(&mut table)?
            };
            transaction.commit().map_err(redb::Error::from)?;
            Ok(outcome)
        })
    }

    fn lookup(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Fault> {
        guarded(|| {
            let transaction = self.0.begin_read().map_err(redb::Error::from)?;
            let table = transaction.open_table(RECORDS).map_err(redb::Error::from)?;
            let mut records = Vec::new();
            for flag in flags.iter() {
                let key = (uid, u8::from(flag));
                if let Some(value) = table.get(key).map_err(redb::Error::from)? {
                    records.push((flag, read(value.value())?));
                }
            }
            Ok(records)
        })
    }
}

impl TokenStore for DurableStore {
    type Error = Fault;

    fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Fault> {
        Ok(self
            .lookup(uid, flag.into())?
            .pop()
            .map(|(_, record)| record))
    }

    fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Fault> {
        self.lookup(uid, flags)
    }
}

/// redb trusts its file: it may panic at bytes that it did not write, and a server must not. A
/// transaction that is unwound is not committed, so none of its changes become visible.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Err(Fault::File(redb::Error::Corrupted(_)))) | Err(_) => Err(Fault::Damaged),
        Ok(outcome) => outcome,
    }
}

fn written(record: &TokenRecord) -> Result<Vec<u8>, Fault> {
    Ok(serde_json::to_vec(&record.expose_for_storage())?)
}

fn read(written: &[u8]) -> Result<TokenRecord, Fault> {
    let stored: StoredRecord = serde_json::from_slice(written)?;
    Ok(TokenRecord::try_from(stored)?)
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Fault::Json { line, column }
    }
}
