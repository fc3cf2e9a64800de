//! What was revoked, wherever that was done: the script that revokes also says it on a channel.

use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use wukongim_auth::DeviceFlag;

use super::fault::{Fault, in_time};

/// The channel.
pub const CHANNEL: &str = "wkauth:revoked";

/// After this much silence the connection is tried.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A message on the channel.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    pub uid: String,
    pub device_flag: DeviceFlag,
}

/// Whether other gateways were told of a revocation, which counts either way.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Announcement {
    Published,
    /// Redis did not let it be published, for want of a right.
    Refused {
        why: String,
    },
}

/// Messages as they come. What is said while nobody listens is not said again.
pub struct Revocations {
    sink: PubSubSink,
    messages: PubSubStream,
}

impl Revocations {
    pub fn new(subscription: PubSub) -> Self {
        let (sink, messages) = subscription.split();
        Revocations { sink, messages }
    }

    /// The next one; an error where there will be none.
    pub async fn next(&mut self) -> Result<Revocation, Fault> {
        loop {
            match timeout(HEARTBEAT, self.messages.next()).await {
                Ok(Some(message)) => {
                    // What cannot be read is not ours.
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
