//! A session in the binary protocol: PING, SEND, DISCONNECT.

use std::io;

use bytes::{Buf, BytesMut};
use wukongim_auth::Session;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::frame::{Disconnect, Frame, FrameType, Limits, Packet, Parsed, RawFrame};

use crate::conversation::{Conversation, MAX_MESSAGE, Step};
use crate::messages::{MessageIds, Messages};

pub struct Wkproto<'a> {
    session: &'a Session,
    messages: Messages<'a>,
    limits: Limits,
    received: BytesMut,
}

impl<'a> Wkproto<'a> {
    pub fn new(session: &'a Session, ids: &'a MessageIds) -> io::Result<Self> {
        let limits = Limits::default().with_max_body(MAX_MESSAGE);
        Ok(Wkproto {
            session,
            messages: Messages::new(session, ids),
            limits,
            received: BytesMut::new(),
        })
    }

    fn encode(&self, packet: Packet<'_>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Frame::new(packet)
            .encode(self.session.version(), &mut bytes)
            .map_err(io::Error::other)?;
        Ok(bytes)
    }
}

impl Conversation for Wkproto<'_> {
    fn push(&mut self, chunk: &[u8]) {
        self.received.extend_from_slice(chunk);
    }

    fn next(&mut self) -> io::Result<Option<Step>> {
        let Parsed::Complete { value: frame, rest } =
            RawFrame::split_first(&self.received, self.limits).map_err(io::Error::other)?
        else {
            return Ok(None);
        };
        let frame_len = self.received.len() - rest.len();
        let step = match frame.frame_type {
            FrameType::Ping => Step::Reply(vec![self.encode(Packet::Pong)?]),
            FrameType::Send => Step::Reply(self.messages.receive(frame)?),
            FrameType::Disconnect => Step::End,
            FrameType::Connect => return Err(io::Error::other("a second CONNECT")),
            // RECVACK, and everything else that an echo server can ignore.
            _ => Step::Reply(Vec::new()),
        };
        self.received.advance(frame_len);
        if self.received.is_empty() {
            // Most sessions are silent most of the time, and then keep no buffer.
            self.received = BytesMut::new();
        }
        Ok(Some(step))
    }

    fn kick(&self, why: &str) -> io::Result<Vec<u8>> {
        self.encode(Disconnect::new(ReasonCode::ConnectKick, why).into())
    }
}
