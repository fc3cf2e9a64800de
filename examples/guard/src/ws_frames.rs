//! WebSocket frames of a client that is not let in yet: their content is read, and the frames
//! themselves are kept unchanged.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};

use crate::opening::NoRequest;

/// The longest content of a ping, a pong or a close.
const MAX_CONTROL: usize = 125;

/// Finds frames in a client's bytes, in whatever chunks they come.
#[derive(Default)]
pub struct Frames {
    unread: Vec<u8>,
    message: Message,
}

/// The part of the message that has arrived, if it is incomplete.
#[derive(Default)]
enum Message {
    #[default]
    None,
    Binary,
    Text(Vec<u8>),
}

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// What the frame carries of a message, and whether the message ends with it.
    Data { payload: Vec<u8>, is_last: bool },
    /// A ping or a pong, which upstream answers.
    Other,
}

impl Frames {
    pub fn push(&mut self, chunk: &[u8]) {
        self.unread.extend_from_slice(chunk);
    }

    /// Bytes that belong to no frame returned so far.
    pub fn unread(&self) -> usize {
        self.unread.len()
    }

    /// The next complete frame. Anything that the protocol does not allow is an error: upstream
    /// might drop a frame that is read here, and then take the next one for the client's first.
    ///
    /// # Errors
    /// If no further frame can carry a request to connect.
    pub fn next(&mut self) -> Result<Option<Step>, NoRequest> {
        let mut cursor = Cursor::new(&self.unread);
        let header = FrameHeader::parse(&mut cursor);
        let header = header.map_err(|_| NoRequest::WebSocket("an unknown kind of frame"))?;
        let Some((header, len)) = header else {
            return Ok(None);
        };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(NoRequest::WebSocket("an extension that was not agreed on"));
        }
        let Some(mask) = header.mask else {
            return Err(NoRequest::WebSocket("a client's frame without a mask"));
        };
        let Ok(start) = usize::try_from(cursor.position()) else {
            return Err(NoRequest::TooMuch);
        };
        let end = usize::try_from(len)
            .ok()
            .and_then(|len| start.checked_add(len));
        let Some(end) = end else {
            return Err(NoRequest::TooMuch);
        };
        let Some(payload) = self.unread.get(start..end) else {
            return Ok(None);
        };
        let is_last = header.is_final;
        let step = match header.opcode {
            OpCode::Data(kind) => {
                let unmasked = payload.iter().zip(mask.iter().cycle());
                let payload: Vec<u8> = unmasked.map(|(byte, mask)| byte ^ mask).collect();
                self.message.take(kind, &payload, is_last)?;
                Step::Data { payload, is_last }
            }
            OpCode::Control(_) if !is_last || payload.len() > MAX_CONTROL => {
                return Err(NoRequest::WebSocket(
                    "a control frame in parts, or too long",
                ));
            }
            OpCode::Control(Control::Close) => {
                return Err(NoRequest::WebSocket("closed before CONNECT"));
            }
            OpCode::Control(_) => Step::Other,
        };
        self.unread.drain(..end);
        Ok(Some(step))
    }
}

impl Message {
    /// Takes the next frame of data, if one is allowed now, and its text is valid.
    fn take(&mut self, kind: Data, payload: &[u8], is_last: bool) -> Result<(), NoRequest> {
        let next = match (std::mem::take(self), kind) {
            (Message::None, Data::Binary) | (Message::Binary, Data::Continue) => Message::Binary,
            (Message::None, Data::Text) => Message::Text(payload.to_vec()),
            (Message::Text(text), Data::Continue) => Message::Text([&text, payload].concat()),
            (Message::None, Data::Continue) => {
                return Err(NoRequest::WebSocket("a part of no message"));
            }
            _ => return Err(NoRequest::WebSocket("a message inside of another")),
        };
        if let Message::Text(text) = &next
            && let Err(error) = std::str::from_utf8(text)
            && (is_last || error.error_len().is_some())
        {
            return Err(NoRequest::WebSocket("text that is not UTF-8"));
        }
        if !is_last {
            *self = next;
        }
        Ok(())
    }
}

/// A whole message from the guard.
pub fn message(is_text: bool, payload: Vec<u8>) -> Vec<u8> {
    let kind = if is_text { Data::Text } else { Data::Binary };
    written(Frame::message(payload, OpCode::Data(kind), true))
}

/// A close frame without a code: SDKs take a code for a fault of their own.
pub fn closing() -> Vec<u8> {
    written(Frame::close(None))
}

/// A close frame that says that the guard stops.
pub fn going_away() -> Vec<u8> {
    let frame = CloseFrame {
        code: CloseCode::Away,
        reason: Utf8Bytes::default(),
    };
    written(Frame::close(Some(frame)))
}

fn written(frame: Frame) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frame.len());
    // Writing to a `Vec` cannot fail.
    let _ = frame.format(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's frame: opcode with its final bit, then the masked payload.
    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 1, 200, 9];
        let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).unwrap()];
        bytes.extend(mask);
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
        bytes
    }

    #[test]
    fn payloads_are_found_however_the_frames_are_cut() {
        let bytes = [
            masked(0x02, b"hello "),
            masked(0x89, b"ping"),
            masked(0x80, b"world"),
            masked(0x81, b"!"),
        ]
        .concat();
        for size in [1, 3, bytes.len()] {
            let (mut frames, mut data, mut others) = (Frames::default(), Vec::new(), 0);
            for chunk in bytes.chunks(size) {
                frames.push(chunk);
                while let Some(step) = frames.next().unwrap() {
                    match step {
                        Step::Data { payload, .. } => data.extend(payload),
                        Step::Other => others += 1,
                    }
                }
            }
            assert_eq!(
                (data.as_slice(), others),
                (&b"hello world!"[..], 1),
                "in {size}s"
            );
        }
    }

    #[test]
    fn what_no_client_sends_is_named() {
        for (bytes, why) in [
            (&b"\x82\x00"[..], "without a mask"),
            (b"\xc2\x80\0\0\0\0", "not agreed"),
            (b"\x83\x80\0\0\0\0", "unknown"),
            (b"\x88\x80\0\0\0\0", "closed"),
            (b"\x80\x80\0\0\0\0", "no message"),
            (b"\x02\x80\0\0\0\0\x82\x80\0\0\0\0", "inside"),
            (b"\x09\x80\0\0\0\0", "in parts"),
            (b"\x89\xfe\0\x7e\0\0\0\0", "in parts"),
            (b"\x81\x81\0\0\0\0\xff", "UTF-8"),
            (b"\x01\x81\0\0\0\0\xff", "UTF-8"),
            (b"\x81\x81\0\0\0\0\xc3", "UTF-8"),
        ] {
            let mut frames = Frames::default();
            frames.push(bytes);
            frames.push(&[0; 126]);
            let error = std::iter::repeat_with(|| frames.next().err())
                .take(3)
                .flatten()
                .next();
            let error = error.expect(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn replies_are_unmasked_and_of_their_kind() {
        assert_eq!(message(false, b"ab".to_vec()), b"\x82\x02ab");
        assert_eq!(message(true, b"{}".to_vec()), b"\x81\x02{}");
        assert_eq!(closing(), b"\x88\x00");
        assert_eq!(going_away(), b"\x88\x02\x03\xe9");
    }
}
