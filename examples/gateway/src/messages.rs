//! Messages: a SEND is checked, acknowledged and echoed. Put your own delivery here.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::frame::RawFrame;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::SessionKeys;
use wukongim_auth::{Session, Timestamp, Token};

use crate::crypto;
use crate::packets::{Recv, Send, Sendack};

/// Message ids, which increase across restarts.
pub struct MessageIds(AtomicI64);

impl MessageIds {
    pub fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Default for MessageIds {
    fn default() -> Self {
        MessageIds(AtomicI64::new(Timestamp::now().as_millis() << 20))
    }
}

/// The messages of one session.
pub struct Messages<'a> {
    session: &'a Session,
    ids: &'a MessageIds,
    last_seq: u32,
}

impl<'a> Messages<'a> {
    pub fn new(session: &'a Session, ids: &'a MessageIds) -> Self {
        let last_seq = 0;
        Messages {
            session,
            ids,
            last_seq,
        }
    }

    /// The frames that answer a SEND.
    pub fn receive(&mut self, frame: RawFrame<'_>) -> io::Result<Vec<Vec<u8>>> {
        let version = self.session.version();
        let send = Send::decode(frame.body, version)
            .ok_or_else(|| io::Error::other("a SEND that cannot be read"))?;
        let keys = self.session.keys();
        let keys = keys.ok_or_else(|| io::Error::other("a SEND without session keys"))?;
        let ack = |message_id, message_seq, reason| Sendack {
            message_id,
            client_seq: send.client_seq,
            message_seq,
            reason,
        };
        let plain = match open(&send, keys) {
            Ok(plain) => plain,
            Err(reason) => return Ok(vec![ack(0, 0, reason).encode(version)?]),
        };
        let id = self.ids.next();
        self.last_seq = self.last_seq.wrapping_add(1);
        let payload = crypto::seal(keys, &plain);
        let echo = Recv {
            // As if the recipient had sent it back.
            from_uid: send.channel_id,
            channel_id: send.channel_id,
            channel_type: send.channel_type,
            expire: send.expire,
            client_msg_no: &format!("{}e", send.client_msg_no),
            message_id: id,
            message_seq: self.last_seq,
            timestamp: seconds(Timestamp::now()),
            payload: &payload,
        };
        let msg_key = crypto::msg_key(keys, &echo.signed());
        Ok(vec![
            ack(id, self.last_seq, ReasonCode::Success).encode(version)?,
            echo.encode(&msg_key, version)?,
        ])
    }
}

/// The plaintext, if it was encrypted with this session's keys.
fn open(send: &Send<'_>, keys: &SessionKeys) -> Result<Vec<u8>, ReasonCode> {
    // Not `==`: its time would reveal how much of a forged key is right.
    let expected = Secret::from(Token::new(crypto::msg_key(keys, &send.signed())));
    let presented = PresentedToken::new(send.msg_key);
    if !compare(presented, Some(&expected), SecretForm::Plain) {
        return Err(ReasonCode::MsgKeyError);
    }
    crypto::open(keys, send.payload).ok_or(ReasonCode::PayloadDecodeError)
}

/// Timestamps as messages carry them.
pub fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_millis() / 1000).unwrap_or(u32::MAX)
}
