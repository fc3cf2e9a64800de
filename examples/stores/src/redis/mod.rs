//! Tokens in Redis, for several gateways at once: a hash for each user, a field for each device
//! flag, and [`StoredRecord`] as JSON in it. Only digests are written: who reads the database finds
//! no token to connect with.
//!
//! A lookup is one HGET, the lookup for a diagnosis one HMGET. What writes is a script, one for
//! each of issue, rotate and revoke, which also sets how long the key lives.

mod connection;
mod fault;
mod key;
mod revocations;
mod scripts;

use std::time::Duration;

use redis::{Client, FromRedisValue, RedisResult, ScriptInvocation, ToRedisArgs, cmd};
use wukongim_auth::compare::Secret;
use wukongim_auth::provision::StoredRecord;
use wukongim_auth::{AsyncTokenStore, DeviceFlag, DeviceFlags, Timestamp, TokenRecord};

use connection::Connection;
use fault::{Why, in_time};
use key::key;
use revocations::CHANNEL;
use scripts::Scripts;

pub use fault::Fault;
pub use revocations::{Revocation, Revocations};

/// How long an ended or revoked record is kept.
const RETENTION: Duration = TokenRecord::RETENTION;

pub struct RedisStore {
    connection: Connection,
    nodes: Vec<Client>,
    scripts: Scripts,
}

impl RedisStore {
    /// `redis://[[user]:password@]host[:port][/db]`, or several of them with commas between, which
    /// are nodes of one cluster. Needs no Redis yet: as long as there is none, every lookup fails.
    pub fn open(urls: &str) -> RedisResult<Self> {
        let (connection, nodes) = connection::open(urls)?;
        let scripts = Scripts::new();
        Ok(RedisStore {
            connection,
            nodes,
            scripts,
        })
    }

    /// Registers a record in place of what is there.
    pub async fn issue(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        record: TokenRecord,
    ) -> Result<(), Fault> {
        let script = self.scripts.issue.key(key(uid));
        self.run(script, uid, device_flag, &[written(record)]).await
    }

    /// Makes `secret` the current token, and the one before it the superseded one.
    /// Upstream's HTTP API does not rotate; a host's own may.
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
        self.run(script, uid, device_flag, &arguments).await
    }

    /// Leaves a tombstone where there is a token, and tells all gateways.
    pub async fn revoke(
        &self,
        uid: &str,
        device_flag: DeviceFlag,
        now: Timestamp,
    ) -> Result<(), Fault> {
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
        match self.run(script, uid, device_flag, &arguments).await {
            Err(Fault::Absent) => Ok(()),
            outcome => outcome,
        }
    }

    /// Listens for revocations, through whichever gateway they come.
    pub async fn revocations(&self) -> Result<Revocations, Fault> {
        let subscription = connection::subscribe(&self.nodes, CHANNEL).await?;
        Ok(Revocations::new(subscription))
    }

    /// Runs one of the scripts.
    async fn run(
        &self,
        mut script: ScriptInvocation<'_>,
        uid: &str,
        device_flag: DeviceFlag,
        arguments: &[String],
    ) -> Result<(), Fault> {
        let retention = RETENTION.as_millis().to_string();
        script.arg(field(device_flag)).arg(retention).arg(arguments);
        let mut connection = self.connection.clone();
        let outcome: String = in_time(script.invoke_async(&mut connection)).await?;
        match outcome.as_str() {
            "DONE" => Ok(()),
            "ABSENT" => Err(Fault::Absent),
            "REVOKED" => Err(Fault::Revoked),
            _ => Err(unreadable(uid, device_flag, Why::Script)),
        }
    }

    async fn ask<T: FromRedisValue>(
        &self,
        command: &str,
        uid: &str,
        fields: impl ToRedisArgs,
    ) -> Result<T, Fault> {
        let mut command = cmd(command);
        command.arg(key(uid)).arg(fields);
        let mut connection = self.connection.clone();
        in_time(command.query_async(&mut connection)).await
    }
}

impl AsyncTokenStore for RedisStore {
    type Error = Fault;

    async fn get(&self, uid: &str, flag: DeviceFlag) -> Result<Option<TokenRecord>, Fault> {
        let written: Option<Vec<u8>> = self.ask("HGET", uid, field(flag)).await?;
        written.map(|bytes| read(uid, flag, &bytes)).transpose()
    }

    async fn get_all(
        &self,
        uid: &str,
        flags: DeviceFlags,
    ) -> Result<Vec<(DeviceFlag, TokenRecord)>, Fault> {
        let fields: Vec<_> = flags.iter().map(field).collect();
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let written: Vec<Option<Vec<u8>>> = self.ask("HMGET", uid, fields).await?;
        flags
            .iter()
            .zip(written)
            .filter_map(|(flag, bytes)| Some((flag, bytes?)))
            .map(|(flag, bytes)| Ok((flag, read(uid, flag, &bytes)?)))
            .collect()
    }
}

/// As a number of more than a byte: a list of bytes would go out as one text.
fn field(flag: DeviceFlag) -> u16 {
    u8::from(flag).into()
}

/// What is written for a record: its digest, never the token.
fn written(record: TokenRecord) -> String {
    let record = record.into_digest_only();
    serde_json::json!(record.expose_for_storage()).to_string()
}

fn read(uid: &str, flag: DeviceFlag, bytes: &[u8]) -> Result<TokenRecord, Fault> {
    let record = || -> Result<TokenRecord, Why> {
        let stored: StoredRecord = serde_json::from_slice(bytes)?;
        Ok(TokenRecord::try_from(stored)?)
    };
    record().map_err(|why| unreadable(uid, flag, why))
}

/// Not one word of the record itself. A uid may be long, and its beginning tells whose it is.
fn unreadable(uid: &str, flag: DeviceFlag, why: Why) -> Fault {
    let key = key(uid).chars().take(64).collect();
    let field = flag.into();
    Fault::Unreadable { key, field, why }
}
