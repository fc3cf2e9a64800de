//! From the CONNACK to the end: PING, SEND, and orders to close.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::time::timeout;
use wukongim_auth::frame::{Disconnect, Frame, FrameType, Limits, Packet, Parsed, RawFrame};
use wukongim_auth::{ReasonCode, Session};

use crate::connection::{Link, in_time, send_now};
use crate::gateway::Gateway;
use crate::messages::Messages;
use crate::sessions::{Farewell, Place};

/// The longest body of a frame that a client may send, now that we know who it is.
pub const MAX_BODY: usize = 128 * 1024;

/// SDKs ping every minute or so: who is silent for longer is gone.
const IDLE: Duration = Duration::from_secs(180);

/// Serves a session to its end. There is no queue of outgoing frames to fill up: a client whose
/// replies are not read is not read either.
pub async fn run(
    gateway: &Gateway,
    link: &mut impl Link,
    session: &Session,
    place: &mut Place,
    received: Vec<u8>,
) -> io::Result<()> {
    let limits = Limits::default().with_max_body(MAX_BODY);
    let limits = limits.map_err(io::Error::other)?;
    let mut messages = Messages::new(session, &gateway.message_ids);
    let mut received = BytesMut::from(received.as_slice());
    loop {
        while let Parsed::Complete { value: frame, rest } =
            RawFrame::delimit(&received, limits).map_err(io::Error::other)?
        {
            let frame_len = received.len() - rest.len();
            match frame.frame_type {
                FrameType::Ping => {
                    let pong = encode(Packet::Pong, session)?;
                    in_time(link.send(pong)).await?;
                }
                FrameType::Send => {
                    for reply in messages.receive(frame)? {
                        in_time(link.send(reply)).await?;
                    }
                }
                FrameType::Disconnect => return Ok(()),
                FrameType::Connect => return Err(io::Error::other("a second CONNECT")),
                // RECVACK, and all else that an echo has no use for.
                _ => {}
            }
            received.advance(frame_len);
        }
        in_time(link.flush()).await?;
        tokio::select! {
            biased;
            farewell = place.farewell() => return say(farewell, session, link).await,
            portion = timeout(IDLE, link.receive()) => match portion?? {
                Some(portion) => received.extend_from_slice(&portion),
                None => return Ok(()),
            },
        }
    }
}

async fn say(farewell: Farewell, session: &Session, link: &mut impl Link) -> io::Result<()> {
    let Farewell::Kick(text) = farewell else {
        return Ok(());
    };
    let disconnect = encode(
        Disconnect::new(ReasonCode::ConnectKick, text).into(),
        session,
    )?;
    send_now(link, disconnect).await
}

fn encode(packet: Packet<'_>, session: &Session) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Frame::new(packet)
        .encode(session.version(), &mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes)
}
