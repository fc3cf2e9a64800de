//! Problems that this Redis is going to have, and that can be detected today.

use std::fmt;

use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult, cmd};

use super::fault::{Fault, in_time};
use super::primary::Primary;
use super::revocations::CHANNEL;

/// A finding, for the log.
#[derive(Debug, PartialEq, Eq)]
pub enum Concern {
    /// A restart loses all tokens, and their clients are then rejected and do not retry.
    NoAppendOnly,
    /// Tokens are evicted when memory runs short, and their clients are then rejected and do not
    /// retry.
    Evicts { policy: String },
    /// The user of the address lacks a right.
    MayNot { what: String },
    /// The check itself failed.
    Unknown { what: &'static str, why: String },
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Concern::NoAppendOnly => f.write_str(
                "appendonly is off: a restart loses the tokens, and their clients are refused for good",
            ),
            Concern::Evicts { policy } => write!(
                f,
                "maxmemory-policy is {policy}: tokens are lost when memory runs short, and their \
                 clients are refused for good; set noeviction"
            ),
            Concern::MayNot { what } => write!(f, "the ACL user may not {}", what.trim_end()),
            Concern::Unknown { what, why } => write!(f, "{what} cannot be looked up: {why}"),
        }
    }
}

/// The findings of one node, which is named by its address.
pub async fn checkup(node: &Primary) -> Result<Vec<(String, Concern)>, Fault> {
    let connecting = async {
        let client = node.client().await?;
        let name = client.get_connection_info().addr().to_string();
        RedisResult::Ok((name, client.get_multiplexed_async_connection().await?))
    };
    let (name, mut connection) = in_time(connecting).await?;
    let mut concerns = in_time::<_, Fault>(async { Ok(rights(&mut connection).await) }).await?;
    concerns.extend(in_time::<_, Fault>(async { Ok(settings(&mut connection).await) }).await?);
    Ok(concerns
        .into_iter()
        .map(|concern| (name.clone(), concern))
        .collect())
}

/// Whether messages on the channel would never arrive. Redis reports that when it is asked to
/// subscribe, but the client does not pass it on.
pub async fn is_deaf(client: &Client) -> RedisResult<bool> {
    let mut connection = client.get_multiplexed_async_connection().await?;
    let concerns = rights(&mut connection).await;
    Ok(concerns.iter().any(
        |concern| matches!(concern, Concern::MayNot { what } if what.starts_with("SUBSCRIBE")),
    ))
}

/// Through a script, as all writes are: a user that may not run scripts lacks that right, too.
async fn rights(connection: &mut MultiplexedConnection) -> Vec<Concern> {
    let script = redis::Script::new(include_str!("rights.lua"));
    let asked = script
        .arg(CHANNEL)
        .invoke_async::<Vec<String>>(connection)
        .await;
    match asked {
        Ok(missing) => missing
            .into_iter()
            .map(|what| Concern::MayNot { what })
            .collect(),
        Err(error) => {
            let (what, why) = ("what the ACL user may do", error.to_string());
            vec![Concern::Unknown { what, why }]
        }
    }
}

async fn settings(connection: &mut MultiplexedConnection) -> Vec<Concern> {
    let what = "whether tokens outlive a restart and full memory";
    // One section per command: before Redis 7 there is no other way.
    let mut info = String::new();
    for section in ["persistence", "memory"] {
        let asked = cmd("INFO")
            .arg(section)
            .query_async::<String>(connection)
            .await;
        match asked {
            Ok(text) => info.push_str(&text),
            Err(error) => {
                let why = error.to_string();
                return vec![Concern::Unknown { what, why }];
            }
        }
    }
    let value = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
    let mut concerns = Vec::new();
    if value("aof_enabled:") == Some("0") {
        concerns.push(Concern::NoAppendOnly);
    }
    if let Some(policy) = value("maxmemory_policy:").filter(|&policy| policy != "noeviction") {
        let policy = policy.to_owned();
        concerns.push(Concern::Evicts { policy });
    }
    concerns
}
