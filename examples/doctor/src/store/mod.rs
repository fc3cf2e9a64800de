//! `--store`: the content of the deployment's store, which decides what a log alone cannot.
//!
//! A line that names the user is compared with every device flag that could be the client's: those
//! whose record is the one that the line shows. If the crate finds the same for all of them, that
//! is the cause.
//!
//! The dump must be from the same time as the log: a token that was issued or replaced in between
//! leaves no trace. One that was revoked later counts as it was at the line's time.

mod by_token;
mod decide;

use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{DeviceFlag, Timestamp, TokenRecord};

use crate::problem::Problem;

/// Replaces a token that the line does not show. No store has it.
pub const ABSENT_TOKEN: &str = "\u{1}doctor: the line shows no token";

#[derive(Default)]
pub struct StoreDump {
    users: HashMap<String, Rows>,
    /// The owners of a token, by its digest.
    owners: HashMap<[u8; 32], Vec<(String, DeviceFlag)>>,
}

type Rows = Vec<(DeviceFlag, TokenRecord)>;

#[derive(Deserialize)]
struct Row {
    uid: String,
    device_flag: DeviceFlag,
}

impl StoreDump {
    /// Reads JSON lines: `{"uid":"alice","device_flag":0,"v":1,"token":"…"}`, the record's fields
    /// beside the key, or in an object named `record`.
    ///
    /// # Errors
    /// With the number of the line, but nothing of its content.
    pub fn read(lines: impl BufRead) -> io::Result<Self> {
        let mut dump = StoreDump::default();
        for (index, line) in lines.lines().enumerate() {
            let line = line?;
            if !line.trim().is_empty() {
                dump.insert(&line).ok_or(Problem::DumpLine(index + 1))?;
            }
        }
        Ok(dump)
    }

    fn insert(&mut self, line: &str) -> Option<()> {
        let mut value: Value = serde_json::from_str(line).ok()?;
        let row = Row::deserialize(&value).ok()?;
        let record = match value.get_mut("record").map(Value::take) {
            Some(record) => record,
            None => {
                // The remaining fields are the record's own: it rejects any others.
                let fields = value.as_object_mut()?;
                fields.retain(|name, _| !matches!(name.as_str(), "uid" | "device_flag"));
                value
            }
        };
        let stored: StoredRecord = serde_json::from_value(record).ok()?;
        let record = TokenRecord::try_from(stored).ok()?;
        let is_cleared =
            matches!(record.secret(), Secret::Plain(t) if t.expose_secret().is_empty());
        let record = match is_cleared {
            // Upstream clears a token by writing an empty one, this crate by a tombstone.
            true => record.revoke(Timestamp::default()),
            false => record,
        };
        let digest = match record.secret() {
            Secret::Plain(token) => *token.digest().expose_secret(),
            Secret::Digest(digest) => *digest.expose_secret(),
            _ => return None,
        };
        let owners = self.owners.entry(digest).or_default();
        owners.push((row.uid.clone(), row.device_flag));
        let rows = self.users.entry(row.uid).or_default();
        rows.retain(|(flag, _)| *flag != row.device_flag);
        rows.push((row.device_flag, record));
        Some(())
    }
}

fn record_under(rows: &Rows, flag: DeviceFlag) -> Option<&TokenRecord> {
    let row = rows.iter().find(|(other, _)| *other == flag);
    row.map(|(_, record)| record)
}
