//! A session from the answer to its CONNECT to the end: the client's messages, the replies, and
//! orders to close.

use std::io;
use std::time::Duration;

use tokio::time::timeout;
use wukongim_auth::Session;
use wukongim_auth::session::Protocol;
use wukongim_serving::metrics::Metrics;

use crate::conversation::{Conversation, Step};
use crate::gateway::Gateway;
use crate::rpc::Rpc;
use crate::sessions::{Farewell, Place};
use crate::transport::{Connection, in_time, send_now};
use crate::wkproto::Wkproto;

/// SDKs ping about every minute: a client that is silent for longer is gone.
const IDLE: Duration = Duration::from_secs(180);

/// Serves a session to its end.
pub async fn run(
    gateway: &Gateway,
    connection: &mut impl Connection,
    session: &Session,
    place: &mut Place,
    received: Vec<u8>,
) -> io::Result<()> {
    let ids = &gateway.message_ids;
    let protocol = session.protocol();
    let metrics = &gateway.metrics;
    match protocol {
        Protocol::JsonRpc => {
            let rpc = Rpc::new(ids);
            converse(metrics, connection, protocol, rpc, place, received).await
        }
        _ => {
            let wkproto = Wkproto::new(session, ids)?;
            converse(metrics, connection, protocol, wkproto, place, received).await
        }
    }
}

/// There is no queue of outgoing messages that could fill up: if a client does not read its
/// replies, nothing more is read from it.
async fn converse(
    metrics: &Metrics,
    connection: &mut impl Connection,
    protocol: Protocol,
    mut conversation: impl Conversation,
    place: &mut Place,
    received: Vec<u8>,
) -> io::Result<()> {
    conversation.push(&received);
    drop(received);
    loop {
        while let Some(step) = conversation.next()? {
            let Step::Reply(replies) = step else {
                return Ok(());
            };
            for reply in replies {
                in_time(connection.send(protocol, reply)).await?;
            }
        }
        in_time(connection.flush()).await?;
        tokio::select! {
            biased;
            farewell = place.farewell() => return match farewell {
                Farewell::Kick(why) => {
                    metrics.kick(why);
                    send_now(connection, protocol, conversation.kick(why)?).await
                }
                Farewell::Close => Ok(()),
            },
            chunk = timeout(IDLE, connection.receive()) => match chunk?? {
                Some(chunk) => conversation.push(&chunk),
                None => return Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
