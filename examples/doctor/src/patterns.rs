//! `--store`: what the deployment's store holds, to decide what a log alone cannot.
//!
//! A line that names the user is held against every device flag that could be the client's: those
//! whose record is what the line shows. What the crate finds for all of them alike is the cause.
//!
//! The dump must be of the same time as the log: a token that was issued or replaced in between
//! leaves nothing to see it by. One that was revoked later counts as it was at the line's time.

use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::Value;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{
    Candidate, Credentials, DeviceFlag, MemoryStore, Timestamp, TokenRecord, TokenStore, Verifier,
};

use crate::finding::{Finding, Ranking, proven};
use crate::line::{CANDIDATES, Failure, Origin, Proven, Told};

/// Stands for a token that the line does not show. No store has it.
pub const ABSENT_TOKEN: &str = "\u{1}doctor: the line shows no token";

#[derive(Default)]
pub struct Known(HashMap<String, Rows>);

type Rows = Vec<(DeviceFlag, TokenRecord)>;

#[derive(Deserialize)]
struct Row {
    uid: String,
    device_flag: DeviceFlag,
}

impl Known {
    /// Reads JSON lines: `{"uid":"alice","device_flag":0,"v":1,"token":"…"}`, the record's fields
    /// beside the key, or in an object named `record`.
    ///
    /// # Errors
    /// With the number of the line, and nothing of what stands in it.
    pub fn read(lines: impl BufRead) -> io::Result<Self> {
        let mut known = Known::default();
        for (index, line) in lines.lines().enumerate() {
            let line = line?;
            if !line.trim().is_empty() {
                known.insert(&line).ok_or_else(|| unreadable(index + 1))?;
            }
        }
        Ok(known)
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
        let rows = self.0.entry(row.uid).or_default();
        rows.retain(|(flag, _)| *flag != row.device_flag);
        rows.push((row.device_flag, record));
        Some(())
    }

    /// What the store decides about a failure; `None` where it does not fit the line, since it
    /// has changed, where the line does not name the user, or the dump does not know him.
    pub fn decide(&self, failure: &Failure, at: Timestamp) -> Option<Finding> {
        let uid = failure.uid.as_deref()?;
        if uid.is_empty() || uid.chars().any(char::is_control) {
            // The crate refuses these at sight; upstream does not, so that it is not the cause.
            return None;
        }
        // A dump without the user is as likely incomplete as right.
        let rows = self.0.get(uid)?;
        let flags = flags(failure, rows)?;
        let store = MemoryStore::new();
        for (flag, record) in rows {
            store.insert(uid, *flag, as_of(record, at)?);
        }
        let mut causes: Vec<Proven> = Vec::new();
        for flag in flags {
            let cause = cause(&store, failure, uid, flag, at);
            causes.extend(cause.into_iter().flatten());
        }
        causes.sort_by_key(|cause| (rank(cause.label), cause.issued_for.map(|f| f.to_string())));
        causes.dedup();
        match causes.as_slice() {
            [] => None,
            [cause] => Some(Finding::Cause(cause.clone())),
            _ if causes.iter().all(|cause| cause.label == causes[0].label) => {
                let label = causes[0].label;
                Some(Finding::Cause(Proven {
                    label,
                    ..Proven::default()
                }))
            }
            _ => {
                let mut labels: Vec<_> = causes.iter().map(|cause| cause.label).collect();
                labels.dedup();
                Some(Finding::Candidates(labels, Ranking::Store))
            }
        }
    }
}

/// The flags that the client may have come with. `None` where it may have been one that the crate
/// refuses at sight: upstream takes any, so that it is not the cause.
fn flags(failure: &Failure, rows: &Rows) -> Option<Vec<DeviceFlag>> {
    let is_client = |flag: &DeviceFlag| DeviceFlag::CLIENTS.contains(flag);
    match failure.device_flag {
        Some(flag) => is_client(&flag).then(|| vec![flag]),
        None => rows
            .iter()
            .all(|(flag, _)| is_client(flag))
            .then(|| DeviceFlag::CLIENTS.to_vec()),
    }
}

/// The record as it was then: what was revoked only later was live.
fn as_of(record: &TokenRecord, at: Timestamp) -> Option<TokenRecord> {
    if record.revoked_at().is_none_or(|revoked| revoked <= at) {
        return Some(record.clone());
    }
    let mut fields = serde_json::to_value(record.expose_for_storage()).ok()?;
    fields.as_object_mut()?.remove("revoked_at");
    let stored: StoredRecord = serde_json::from_value(fields).ok()?;
    TokenRecord::try_from(stored).ok()
}

/// The cause if the client came with this flag; `None` where it did not, or the store changed.
fn cause(
    store: &MemoryStore,
    failure: &Failure,
    uid: &str,
    flag: DeviceFlag,
    at: Timestamp,
) -> Option<Vec<Proven>> {
    let record = store.get(uid, flag).ok()?;
    if !fits(failure, record.as_ref()) {
        return None;
    }
    let token = failure.actual.as_deref().unwrap_or(ABSENT_TOKEN);
    let credentials = Credentials::new(uid, flag, token);
    let error = Verifier::new().verify(store, &credentials, at).err()?;
    let cause = proven(&error);
    // Without the token nobody knows whether it is the other flag's own.
    let also = (failure.actual.is_none() && cause.label == "not_issued_for_flag").then(|| Proven {
        label: Candidate::IssuedForOtherFlag.label(),
        ..cause.clone()
    });
    Some(also.into_iter().chain([cause]).collect())
}

/// The crate's order of precedence; what the store proves of the token itself comes first.
fn rank(label: &str) -> Option<usize> {
    CANDIDATES
        .iter()
        .position(|candidate| candidate.label() == label)
}

/// Whether the record is what the line shows of it.
fn fits(failure: &Failure, record: Option<&TokenRecord>) -> bool {
    let is_cleared = record.and_then(TokenRecord::revoked_at).is_some();
    match (&failure.told, failure.expected.as_deref()) {
        (Told::NothingUnderFlag, _) => record.is_none(),
        (_, Some("")) if failure.origin == Origin::V2 => is_cleared,
        (_, Some("")) => is_cleared || record.is_none(),
        (_, Some(expected)) => record.is_some_and(|record| {
            let expected = PresentedToken::new(expected);
            !is_cleared && compare(expected, Some(record.secret()), SecretForm::Plain)
        }),
        (_, None) => true,
    }
}

fn unreadable(line: usize) -> io::Error {
    let text = format!("line {line} is not {{uid, device_flag, StoredRecord}} in JSON");
    io::Error::new(io::ErrorKind::InvalidData, text)
}
