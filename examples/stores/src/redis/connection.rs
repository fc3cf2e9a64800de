//! The connection, to one Redis or to a cluster. It is opened on first use, reopened if it was
//! lost, and shared by the queries of all clients.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, PubSub};
use redis::cluster::{ClusterClient, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, ErrorKind, Pipeline, RedisFuture, RedisResult, Value};

use super::address::{Address, tcp_settings};
use super::checkup::is_deaf;
use super::fault::{Fault, in_time};
use super::primary::Primary;
use super::single::Single;

/// How long Redis itself may take to accept a connection, and to answer.
pub const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub enum Connection {
    One(Single),
    Cluster(ClusterConnection),
}

/// The connection, and what subscriptions are opened from.
pub fn open(text: &str) -> RedisResult<(Connection, Vec<Arc<Primary>>)> {
    let primary = match Address::parse(text)? {
        Address::One(client) => Primary::At(client),
        Address::Sentinels(sentinels) => Primary::Named(sentinels),
        Address::Cluster(clients) => {
            let nodes = clients
                .into_iter()
                .map(|client| Arc::new(Primary::At(client)));
            return Ok((Connection::Cluster(cluster(text)?), nodes.collect()));
        }
    };
    let primary = Arc::new(primary);
    let connection = Connection::One(Single::new(primary.clone()));
    Ok((connection, vec![primary]))
}

fn cluster(urls: &str) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(urls.split(','))
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .tcp_settings(tcp_settings())
        .build()?;
    Ok(client.get_pending_async_connection_with_config(ClusterConfig::new()))
}

/// Subscribes through the first node that allows it: a cluster passes messages on to all nodes.
pub async fn subscribe(nodes: &[Arc<Primary>], channel: &'static str) -> Result<PubSub, Fault> {
    let mut failed = Fault::Unsubscribed;
    for node in nodes {
        let subscribing = async {
            let client = node.client().await?;
            let mut subscription = client.get_async_pubsub().await?;
            subscription.subscribe(channel).await?;
            RedisResult::Ok((subscription, is_deaf(&client).await?))
        };
        match in_time(subscribing).await {
            Ok((subscription, false)) => return Ok(subscription),
            Ok((_, true)) => failed = Fault::MayNotSubscribe { channel },
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl Connection {
    /// See [`Single::without_repeating`]. A cluster's connection repeats only what it considers
    /// safe.
    pub fn without_repeating(self) -> Self {
        match self {
            Connection::One(single) => Connection::One(single.without_repeating()),
            cluster => cluster,
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Connection::One(single) => Box::pin(single.command(cmd)),
            Connection::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    /// Nothing here sends several commands in a pipeline.
    fn req_packed_commands<'a>(
        &'a mut self,
        _pipeline: &'a Pipeline,
        _offset: usize,
        _count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let error = (ErrorKind::Client, "pipelines are not supported");
        Box::pin(std::future::ready(Err(error.into())))
    }

    fn get_db(&self) -> i64 {
        // The address determines it, and it never changes.
        0
    }
}
