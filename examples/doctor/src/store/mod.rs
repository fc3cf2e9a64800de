//! `--store`: what the deployment's store holds, to decide what a log alone cannot.
//!
//! A line that names the user is held against every device flag that could be the client's: those
//! whose record is what the line shows. What the crate finds for all of them alike is the cause.
//!
//! The dump must be of the same time as the log: a token that was issued or replaced in between
//! leaves nothing to see it by. One that was revoked later counts as it was at the line's time.

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

/// Stands for a token that the line does not show. No store has it.
pub const ABSENT_TOKEN: &str = "\u{1}doctor: the line shows no token";

#[derive(Default)]
pub struct StoreDump {
    users: HashMap<String, Rows>,
    /// Whose a token is, by its digest.
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
    /// With the number of the line, and nothing of what stands in it.
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
                // The record's own fields are what is left: it refuses any other.
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
