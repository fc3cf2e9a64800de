//! Finds the Redis to connect to: the one at an address, or the one that sentinels name.

use redis::{Client, ErrorKind, RedisError, RedisResult, ServerErrorKind, cmd};
use tokio::time::timeout;

use super::address::{SENTINEL_WITHIN, Sentinels};

#[derive(Debug)]
pub enum Primary {
    /// A name is resolved at each connect.
    At(Client),
    Named(Sentinels),
}

impl Primary {
    pub async fn client(&self) -> RedisResult<Client> {
        match self {
            Primary::At(client) => Ok(client.clone()),
            Primary::Named(sentinels) => named(sentinels).await,
        }
    }
}

/// The first answer counts. A sentinel that was cut off from the others may still name the old
/// primary, so the named server is asked for its role, too.
async fn named(sentinels: &Sentinels) -> RedisResult<Client> {
    let mut failed = unknown("no sentinel answers in time");
    for sentinel in &sentinels.nodes {
        let asking = timeout(SENTINEL_WITHIN, ask(sentinel, &sentinels.name)).await;
        match asking {
            Ok(Ok(Some((host, port)))) => {
                let primary = sentinels.primary(host, port)?;
                match timeout(SENTINEL_WITHIN, is_primary(&primary)).await {
                    Ok(Ok(true)) => return Ok(primary),
                    Ok(Ok(false)) => failed = unknown("what the sentinels name is a replica"),
                    Ok(Err(error)) => failed = error,
                    Err(_) => failed = unknown("what the sentinels name does not answer"),
                }
            }
            Ok(Ok(None)) => failed = unknown("the sentinels know no primary of this name"),
            Ok(Err(error)) => failed = error,
            Err(_) => {}
        }
    }
    Err(failed)
}

async fn ask(sentinel: &Client, name: &str) -> RedisResult<Option<(String, u16)>> {
    let mut connection = sentinel.get_multiplexed_async_connection().await?;
    let mut question = cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    question.query_async(&mut connection).await
}

/// If the user may not ask for the role, the sentinels' answer is trusted.
async fn is_primary(client: &Client) -> RedisResult<bool> {
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut question = cmd("INFO");
    let info = question
        .arg("replication")
        .query_async::<String>(&mut connection);
    match info.await {
        Ok(info) => Ok(info.contains("role:master")),
        Err(error) if error.kind() == ServerErrorKind::NoPerm.into() => Ok(true),
        Err(error) => Err(error),
    }
}

/// Treated like a network failure, after which the primary is looked for again.
fn unknown(why: &'static str) -> RedisError {
    (ErrorKind::Io, why).into()
}
