//! Revocations through any gateway: the script that revokes also publishes them on a channel.

use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use wukongim_auth::DeviceFlag;

use super::fault::{Fault, in_time};

/// The channel.
pub const CHANNEL: &str = "wkauth:revoked";

/// After this much silence, the connection is tested.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A message on the channel.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    pub uid: String,
    pub device_flag: DeviceFlag,
}

/// Whether other gateways were notified of a revocation, which is valid in both cases.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Announcement {
    Published,
    /// Redis did not allow it to be published, because a right is missing.
    Refused {
        why: String,
    },
}

/// Messages as they arrive. Messages that are published while nobody listens are lost.
pub struct Revocations {
    sink: PubSubSink,
    messages: PubSubStream,
}

impl Revocations {
    pub fn new(subscription: PubSub) -> Self {
        let (sink, messages) = subscription.split();
        Revocations { sink, messages }
    }

    /// The next message; an error if there will be none.
    pub async fn next(&mut self) -> Result<Revocation, Fault> {
        loop {
            match timeout(HEARTBEAT, self.messages.next()).await {
                Ok(Some(message)) => {
                    // A message that cannot be read is not from a gateway.
                    if let Ok(revocation) = serde_json::from_slice(message.get_payload_bytes()) {
                        return Ok(revocation);
                    }
                }
                Ok(None) => return Err(Fault::Unsubscribed),
                Err(_) => in_time(self.sink.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }
}
