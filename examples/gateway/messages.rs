//! Messages: SEND in, SENDACK and an echo as RECV out. A host puts its own delivery here.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::{Buf, BufMut};
use wukongim_auth::frame::{EncodeError, Frame, FrameType, Packet, RawFrame};
use wukongim_auth::{ReasonCode, Session, SessionKeys, Timestamp};

use crate::crypto;

/// Clients from this version on put a lifetime into messages.
const EXPIRE_SINCE: u8 = 3;

/// Clients from this version on count messages in 64 bits.
const WIDE_SEQ_SINCE: u8 = 6;

/// Bits of the setting byte.
const SETTING_STREAM: u8 = 0x02;
const SETTING_TOPIC: u8 = 0x08;

/// Ids of messages, unique on this node across restarts.
pub struct MessageIds(AtomicI64);

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
        Messages {
            session,
            ids,
            last_seq: 0,
        }
    }

    /// The frames that answer a SEND.
    pub fn receive(&mut self, frame: RawFrame<'_>) -> io::Result<Vec<Vec<u8>>> {
        let version = self.session.version();
        let send = Send::decode(frame.body, version)
            .ok_or_else(|| io::Error::other("a SEND that ends too early"))?;
        let keys = self.session.keys();
        let keys = keys.ok_or_else(|| io::Error::other("a SEND without session keys"))?;
        let plain = match send.open(keys) {
            Ok(plain) => plain,
            Err(reason) => return Ok(vec![self.sendack(&send, 0, 0, reason)?]),
        };
        let id = self.ids.0.fetch_add(1, Ordering::Relaxed);
        self.last_seq = self.last_seq.wrapping_add(1);
        Ok(vec![
            self.sendack(&send, id, self.last_seq, ReasonCode::Success)?,
            self.echo(&send, id, &plain, keys)?,
        ])
    }

    /// `message_id i64 · client_seq u32 · message_seq u32 (u64 if v ≥ 6) · reason u8`
    fn sendack(
        &self,
        send: &Send<'_>,
        id: i64,
        seq: u32,
        reason: ReasonCode,
    ) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        body.put_i64(id);
        body.put_u32(send.client_seq);
        self.put_seq(&mut body, seq);
        body.put_u8(reason.wire());
        frame(FrameType::Sendack, &body, self.session.version())
    }

    /// The message as if the one it was sent to had sent it back: `setting u8 · msg_key str ·
    /// from_uid str · channel_id str · channel_type u8 · [expire u32 if v ≥ 3] · client_msg_no str
    /// · message_id i64 · message_seq u32 (u64 if v ≥ 6) · timestamp u32, in seconds · payload`
    fn echo(
        &self,
        send: &Send<'_>,
        id: i64,
        plain: &[u8],
        keys: &SessionKeys,
    ) -> io::Result<Vec<u8>> {
        let version = self.session.version();
        let (from_uid, seq) = (send.channel_id, self.last_seq);
        let client_msg_no = format!("{}e", send.client_msg_no);
        let seconds = Timestamp::now().as_millis() / 1000;
        let timestamp = u32::try_from(seconds).unwrap_or(u32::MAX);
        let payload = crypto::seal(keys, plain);
        let fields = format!(
            "{id}{seq}{client_msg_no}{timestamp}{from_uid}{}{}{payload}",
            send.channel_id, send.channel_type
        );

        let mut body = Vec::new();
        body.put_u8(0);
        put_str(&mut body, &crypto::msg_key(keys, fields.as_bytes()))?;
        put_str(&mut body, from_uid)?;
        put_str(&mut body, send.channel_id)?;
        body.put_u8(send.channel_type);
        if version >= EXPIRE_SINCE {
            body.put_u32(send.expire);
        }
        put_str(&mut body, &client_msg_no)?;
        body.put_i64(id);
        self.put_seq(&mut body, seq);
        body.put_u32(timestamp);
        body.put_slice(payload.as_bytes());
        frame(FrameType::Recv, &body, version)
    }

    fn put_seq(&self, body: &mut Vec<u8>, seq: u32) {
        if self.session.version() >= WIDE_SEQ_SINCE {
            body.put_u64(seq.into());
        } else {
            body.put_u32(seq);
        }
    }
}

/// A SEND, borrowed from its frame.
struct Send<'a> {
    client_seq: u32,
    client_msg_no: &'a str,
    channel_id: &'a str,
    channel_type: u8,
    expire: u32,
    msg_key: &'a str,
    payload: &'a [u8],
}

impl<'a> Send<'a> {
    /// `setting u8 · client_seq u32 · client_msg_no str · [stream_no str] · channel_id str ·
    /// channel_type u8 · [expire u32] · msg_key str · [topic str] · payload` (PROTOCOL §5). `None`
    /// where the body ends too early.
    fn decode(mut body: &'a [u8], version: u8) -> Option<Self> {
        let body = &mut body;
        let setting = body.try_get_u8().ok()?;
        let client_seq = body.try_get_u32().ok()?;
        let client_msg_no = take_str(body)?;
        if (2..5).contains(&version) && setting & SETTING_STREAM != 0 {
            take_str(body)?;
        }
        let channel_id = take_str(body)?;
        let channel_type = body.try_get_u8().ok()?;
        let expire = match version >= EXPIRE_SINCE {
            true => body.try_get_u32().ok()?,
            false => 0,
        };
        let msg_key = take_str(body)?;
        if setting & SETTING_TOPIC != 0 {
            take_str(body)?;
        }
        Some(Send {
            client_seq,
            client_msg_no,
            channel_id,
            channel_type,
            expire,
            msg_key,
            payload: body,
        })
    }

    /// What was written, if it was written with this session's keys.
    fn open(&self, keys: &SessionKeys) -> Result<Vec<u8>, ReasonCode> {
        let (no, channel_id) = (self.client_msg_no, self.channel_id);
        let mut fields =
            format!("{}{no}{channel_id}{}", self.client_seq, self.channel_type).into_bytes();
        fields.extend_from_slice(self.payload);
        if crypto::msg_key(keys, &fields) != self.msg_key {
            return Err(ReasonCode::MsgKeyError);
        }
        crypto::open(keys, self.payload).ok_or(ReasonCode::PayloadDecodeError)
    }
}

fn frame(frame_type: FrameType, body: &[u8], version: u8) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Frame::new(Packet::Other { frame_type, body })
        .encode(version, &mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

fn take_str<'a>(body: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::from(body.try_get_u16().ok()?);
    let (text, rest) = body.split_at_checked(len)?;
    *body = rest;
    std::str::from_utf8(text).ok()
}

fn put_str(body: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let len = text.len();
    let field = "text";
    let wire_len = u16::try_from(len).ok().filter(|len| *len <= 0x7fff);
    body.put_u16(
        wire_len.ok_or_else(|| io::Error::other(EncodeError::StringTooLong { field, len }))?,
    );
    body.put_slice(text.as_bytes());
    Ok(())
}
