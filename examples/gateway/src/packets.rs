//! The frames that carry messages, which `wukongim-auth` leaves to the server: SEND, SENDACK and
//! RECV on the wire.

use std::io;

use bytes::{Buf, BufMut};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Frame, FrameType, Packet};

/// Sessions from this version on have an expiry in messages.
const EXPIRE_SINCE: u8 = 3;

/// Sessions from this version on have message numbers of 64 bits.
const WIDE_SEQ_SINCE: u8 = 6;

/// Sessions of these versions may name a stream.
const STREAM_IN: std::ops::Range<u8> = 2..5;

/// Bits of the setting byte.
const SETTING_STREAM: u8 = 0x02;
const SETTING_TOPIC: u8 = 0x08;

/// The longest string.
const MAX_STRING: usize = 0x7fff;

/// A client's message, borrowed from its frame: `setting u8 · client_seq u32 · client_msg_no str ·
/// [stream_no str] · channel_id str · channel_type u8 · [expire u32] · msg_key str · [topic str] ·
/// payload` (PROTOCOL §5).
#[derive(Debug)]
pub struct Send<'a> {
    pub client_seq: u32,
    pub client_msg_no: &'a str,
    pub channel_id: &'a str,
    pub channel_type: u8,
    pub expire: u32,
    pub msg_key: &'a str,
    pub payload: &'a [u8],
}

impl<'a> Send<'a> {
    /// `None` if the body ends too early, or a string is not UTF-8.
    pub fn decode(mut body: &'a [u8], version: u8) -> Option<Self> {
        let body = &mut body;
        let setting = body.try_get_u8().ok()?;
        let client_seq = body.try_get_u32().ok()?;
        let client_msg_no = take_str(body)?;
        if STREAM_IN.contains(&version) && setting & SETTING_STREAM != 0 {
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

    /// The fields that the msgKey signs.
    pub fn signed(&self) -> Vec<u8> {
        let Send {
            client_seq,
            client_msg_no,
            channel_id,
            channel_type,
            payload,
            ..
        } = self;
        let mut fields =
            format!("{client_seq}{client_msg_no}{channel_id}{channel_type}").into_bytes();
        fields.extend_from_slice(payload);
        fields
    }
}

/// The result of a SEND: `message_id i64 · client_seq u32 · message_seq u32 (u64 from version 6 on)
/// · reason u8`.
#[derive(Debug)]
pub struct Sendack {
    pub message_id: i64,
    pub client_seq: u32,
    pub message_seq: u32,
    pub reason: ReasonCode,
}

impl Sendack {
    /// The complete frame.
    pub fn encode(&self, version: u8) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        body.put_i64(self.message_id);
        body.put_u32(self.client_seq);
        put_seq(&mut body, self.message_seq, version);
        body.put_u8(self.reason.into());
        frame(FrameType::Sendack, &body, version)
    }
}

/// A message for a client: `setting u8 · msg_key str · from_uid str · channel_id str · channel_type
/// u8 · [expire u32] · client_msg_no str · message_id i64 · message_seq u32 (u64 from version 6 on)
/// · timestamp u32, in seconds · payload`.
#[derive(Debug)]
pub struct Recv<'a> {
    pub from_uid: &'a str,
    pub channel_id: &'a str,
    pub channel_type: u8,
    pub expire: u32,
    pub client_msg_no: &'a str,
    pub message_id: i64,
    pub message_seq: u32,
    pub timestamp: u32,
    pub payload: &'a str,
}

impl Recv<'_> {
    /// The fields that the msgKey signs.
    pub fn signed(&self) -> Vec<u8> {
        let Recv {
            from_uid,
            channel_id,
            channel_type,
            client_msg_no,
            message_id,
            message_seq,
            timestamp,
            payload,
            ..
        } = self;
        format!(
            "{message_id}{message_seq}{client_msg_no}{timestamp}\
             {from_uid}{channel_id}{channel_type}{payload}"
        )
        .into_bytes()
    }

    /// The complete frame.
    pub fn encode(&self, msg_key: &str, version: u8) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        body.put_u8(0);
        put_str(&mut body, msg_key)?;
        put_str(&mut body, self.from_uid)?;
        put_str(&mut body, self.channel_id)?;
        body.put_u8(self.channel_type);
        if version >= EXPIRE_SINCE {
            body.put_u32(self.expire);
        }
        put_str(&mut body, self.client_msg_no)?;
        body.put_i64(self.message_id);
        put_seq(&mut body, self.message_seq, version);
        body.put_u32(self.timestamp);
        body.put_slice(self.payload.as_bytes());
        frame(FrameType::Recv, &body, version)
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
    match u16::try_from(text.len()) {
        Ok(len) if text.len() <= MAX_STRING => body.put_u16(len),
        _ => return Err(io::Error::other("a string that is too long to be written")),
    }
    body.put_slice(text.as_bytes());
    Ok(())
}

fn put_seq(body: &mut Vec<u8>, seq: u32, version: u8) {
    if version >= WIDE_SEQ_SINCE {
        body.put_u64(seq.into());
    } else {
        body.put_u32(seq);
    }
}

#[cfg(test)]
mod tests;
