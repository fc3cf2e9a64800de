//! The connection, to one Redis or to a cluster. It is made when it is first needed and made again
//! when it was lost; questions of all clients share it.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, PubSub};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, IntoConnectionInfo, Pipeline, RedisFuture, RedisResult, Value};

use super::fault::{Fault, in_time};

/// How long Redis itself may take, for a connection and for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Questions that may wait to be written: as many as clients connect at once.
const QUEUE: usize = 4096;

#[derive(Clone)]
pub enum Connection {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

/// `redis://…` is one Redis; several addresses with commas between them are nodes of a cluster.
/// Nothing is asked yet. The second part is what subscriptions are made from.
pub fn open(urls: &str) -> RedisResult<(Connection, Vec<Client>)> {
    let clients = urls
        .split(',')
        .map(client)
        .collect::<RedisResult<Vec<_>>>()?;
    let connection = match &clients[..] {
        [client] => Connection::One(manager(client.clone())?),
        _ => Connection::Cluster(cluster(urls)?),
    };
    Ok((connection, clients))
}

fn client(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    Client::open(info.set_tcp_settings(tcp_settings()))
}

/// Tries once: whoever asks next tries again, and nobody waits for a Redis that is not there.
fn manager(client: Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_pipeline_buffer_size(QUEUE);
    ConnectionManager::new_lazy_with_config(client, config)
}

fn cluster(urls: &str) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(urls.split(','))
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .tcp_settings(tcp_settings())
        .build()?;
    Ok(client.get_pending_async_connection_with_config(ClusterConfig::new()))
}

/// A node that is gone without a word is noticed in seconds, not when the kernel gives up after a
/// quarter of an hour.
fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(5 * PATIENCE);
    settings
}

/// A subscription through the first node that gives one: a cluster passes messages on to all.
pub async fn subscribe(nodes: &[Client], channel: &str) -> Result<PubSub, Fault> {
    let mut failed = Fault::Unsubscribed;
    for node in nodes {
        let subscribing = async {
            let mut subscription = node.get_async_pubsub().await?;
            subscription.subscribe(channel).await?;
            RedisResult::Ok(subscription)
        };
        match in_time(subscribing).await {
            Ok(subscription) => return Ok(subscription),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Connection::One(connection) => connection.req_packed_command(cmd),
            Connection::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Connection::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Connection::Cluster(connection) => {
                connection.req_packed_commands(pipeline, offset, count)
            }
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Connection::One(connection) => connection.get_db(),
            Connection::Cluster(connection) => connection.get_db(),
        }
    }
}
