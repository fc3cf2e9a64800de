//! Tokens in Redis, for several gateways at once: a hash for each user, a field for each device
//! flag, and [`StoredRecord`] as JSON in it. Only digests are written, so nobody who reads the
//! database finds a token to connect with.
//!
//! A lookup is one call of a script, for one flag or for several; it returns no record that is too
//! long to be valid. Each write is a script, one for each of issue, rotate and revoke, which also
//! sets the lifetime of the key.

mod address;
mod checkup;
mod connection;
mod fault;
mod key;
mod primary;
mod revocations;
mod scripts;
mod single;

use std::sync::Arc;
use std::time::Duration;

use redis::{
    ErrorKind, FromRedisValue, RedisResult, ScriptInvocation, ServerErrorKind, Value, cmd,
};
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{AsyncTokenStore, DeviceFlag, DeviceFlags, Timestamp, TokenRecord};

use connection::Connection;
use fault::{Why, in_time};
use key::key;
use primary::Primary;
use revocations::CHANNEL;
use scripts::Scripts;

pub use checkup::Concern;
pub use fault::Fault;
pub use revocations::{Announcement, Revocation, Revocations};

/// How long an ended or revoked record is kept.
const RETENTION: Duration = TokenRecord::RETENTION;

const NO_SCRIPT: ErrorKind = ErrorKind::Server(ServerErrorKind::NoScript);

/// The longest record that is read. Records written here have about 300 bytes, but other writers of
/// the database may write longer ones, which would be fetched and parsed at every connect.
const MAX_RECORD: usize = 8 * 1024;

pub struct RedisStore {
    connection: Connection,
    nodes: Vec<Arc<Primary>>,
    scripts: Scripts,
}

impl RedisStore {
    /// `redis://[[user]:password@]host[:port][/db]`, or several of them separated by commas, which
    /// are nodes of one cluster; `rediss://…` with TLS, which trusts what the system trusts (or the
    /// certificates in the file that the environment variable `SSL_CERT_FILE` names);
    /// `redis+sentinel://[[user]:password@]host[:port],…/name[/db]` for the primary that sentinels
    /// know by this name, `rediss+sentinel://…` likewise. In user and password, everything but
    /// letters and digits is percent-encoded.
    ///
    /// Redis need not run yet: as long as it does not, every lookup fails.
    pub fn open(address: &str) -> RedisResult<Self> {
        let (connection, nodes) = connection::open(address)?;
        let scripts = Scripts::new();
        Ok(RedisStore {
            connection,
            nodes,
            scripts,
        })
    }

    /// Registers a record, and replaces an existing one.
    pub async fn issue(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), Fault> {
        let script = self.scripts.issue.key(key(uid));
        let connection = self.connection.clone();
        let record = [written(record)];
        self.run(connection, script, uid, device_flag, &record)
            .await?;
        Ok(())
    }

    /// Makes `secret` the current token, and the previous one the superseded one. Upstream's HTTP
    /// API has no rotation, but a host's own API may.
    pub async fn rotate(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        secret: Secret,
        overlap_ends: Timestamp,
    ) -> Result<(), Fault> {
        let new = written(TokenRecord::issue(secret, Default::default()));
        let arguments = [new, overlap_ends.as_millis().to_string()];
        let script = self.scripts.rotate.key(key(uid));
        // If the script ran twice, the previous token would be dropped immediately. So it is not
        // repeated, and a PING first makes sure that the connection is alive.
        let mut connection = self.connection.clone();
        in_time(cmd("PING").query_async::<Value>(&mut connection)).await?;
        let connection = connection.without_repeating();
        self.run(connection, script, uid, device_flag, &arguments)
            .await?;
        Ok(())
    }

    /// Leaves a tombstone if there is a token, and notifies all gateways. The revocation is valid
    /// even if they could not be notified: they notice it at their next check.
    pub async fn revoke(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        now: Timestamp,
    ) -> Result<Announcement, Fault> {
        let message = Revocation {
            uid: uid.to_owned(),
            device_flag,
        };
        let arguments = [
            now.as_millis().to_string(),
            CHANNEL.to_owned(),
            serde_json::json!(message).to_string(),
        ];
        let script = self.scripts.revoke.key(key(uid));
        let connection = self.connection.clone();
        let outcome = self
            .run(connection, script, uid, device_flag, &arguments)
            .await;
        match outcome {
            Ok(None) | Err(Fault::Absent) => Ok(Announcement::Published),
            Ok(Some(why)) => Ok(Announcement::Refused { why }),
            Err(error) => Err(error),
        }
    }

    /// The problems of this Redis, or of the user of its address, by node.
    pub async fn checkup(&self) -> Result<Vec<(String, Concern)>, Fault> {
        let (mut concerns, mut failed) = (Vec::new(), None);
        for node in &self.nodes {
            match checkup::checkup(node).await {
                Ok(found) => concerns.extend(found),
                // Check the other nodes anyway.
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if concerns.is_empty() => Err(error),
            _ => Ok(concerns),
        }
    }

    /// Listens for revocations through any gateway.
    pub async fn revocations(&self) -> Result<Revocations, Fault> {
        let subscription = connection::subscribe(&self.nodes, CHANNEL).await?;
        Ok(Revocations::new(subscription))
    }

    /// Runs one of the scripts that write. `Ok` may contain the reason why its effect could not be
    /// announced.
    async fn run(
        &self,
        connection: Connection,
        mut script: ScriptInvocation<'_>,
        uid: &str,
        device_flag: DeviceFlag,
        arguments: &[String],
    ) -> Result<Option<String>, Fault> {
        let retention = RETENTION.as_millis().to_string();
        script
            .arg(field(device_flag))
            .arg(retention)
            .arg(MAX_RECORD)
            .arg(arguments);
        let outcome: String = invoke(connection, &script).await?;
        if let Some(why) = outcome.strip_prefix("UNTOLD ") {
            return Ok(Some(why.to_owned()));
        }
        match outcome.as_str() {
            "DONE" => Ok(None),
            "ABSENT" => Err(Fault::Absent),
            "REVOKED" => Err(Fault::Revoked),
            _ => Err(unreadable(uid, device_flag, Why::Script)),
        }
    }

    /// What is stored for each of these flags.
    async fn look_up(&self, uid: &str, flags: &[DeviceFlag]) -> Result<Vec<Value>, Fault> {
        let mut script = self.scripts.read.key(key(uid));
        script.arg(MAX_RECORD);
        for flag in flags {
            script.arg(field(*flag));
        }
        invoke(self.connection.clone(), &script).await
    }
}

async fn invoke<T: FromRedisValue>(
    mut connection: Connection,
    script: &ScriptInvocation<'_>,
) -> Result<T, Fault> {
    match in_time(script.invoke_async(&mut connection)).await {
        // The command was sent to a Redis that is being replaced by another one at this moment.
        Err(Fault::Redis(error)) if error.kind() == NO_SCRIPT => {
            in_time(script.invoke_async(&mut connection)).await
        }
        invoked => invoked,
    }
}

impl AsyncTokenStore for RedisStore {
    type Error = Fault;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Fault> {
        let mut written = self.look_up(uid, &[flag]).await?;
        read(uid, flag, written.pop().unwrap_or(Value::Nil))
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Fault> {
        let flags: Vec<_> = flags.iter().collect();
        if flags.is_empty() {
            return Ok(Vec::new());
        }
        let written = self.look_up(uid, &flags).await?;
        let records = flags.into_iter().zip(written).map(|(flag, written)| {
            let record = read(uid, flag, written)?;
            Ok(record.map(|record| (flag, record)))
        });
        records.filter_map(Result::transpose).collect()
    }
}

/// As a number of more than a byte: a list of bytes would go out as one text.
fn field(flag: DeviceFlag) -> u16 {
    u8::from(flag).into()
}

/// The stored form of a record: with its digest, never the token.
fn written(record: TokenRecord) -> String {
    let record = record.into_digest_only();
    serde_json::json!(record.expose_for_storage()).to_string()
}

fn read(uid: &str, flag: DeviceFlag, written: Value) -> Result<Option<TokenRecord>, Fault> {
    let record = || -> Result<Option<TokenRecord>, Why> {
        let bytes = match written {
            Value::Nil => return Ok(None),
            Value::BulkString(bytes) => bytes,
            // The length of a record that is too long.
            Value::Int(len) => return Err(Why::TooLong { len }),
            _ => return Err(Why::Script),
        };
        let stored: StoredRecord = serde_json::from_slice(&bytes)?;
        Ok(Some(TokenRecord::try_from(stored)?))
    };
    record().map_err(|why| unreadable(uid, flag, why))
}

/// Contains no part of the record itself. Names only the beginning of a uid, which may be long.
fn unreadable(uid: &str, flag: DeviceFlag, why: Why) -> Fault {
    let key = key(uid).chars().take(64).collect();
    let field = flag.into();
    Fault::Unreadable { key, field, why }
}
