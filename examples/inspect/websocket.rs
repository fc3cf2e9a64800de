//! The content of WebSocket frames (RFC 6455). The opening HTTP message is skipped, a client's
//! frames are unmasked, and fragments are joined.

/// A capture without its WebSocket.
#[derive(Debug, Default)]
pub struct Unwrapped {
    /// The messages' payloads, one after the other.
    pub payload: Vec<u8>,
    /// Whether the HTTP message that opens the WebSocket came first.
    pub has_opening: bool,
    /// The number of data messages.
    pub messages: usize,
}

/// `None` if the capture has neither the opening of a WebSocket nor frames.
pub fn unwrap(bytes: &[u8]) -> Option<Result<Unwrapped, String>> {
    let (has_opening, mut rest) = match after_opening(bytes) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    // Text or binary, complete or the first fragment, compressed or not. No frame that opens a
    // WuKongIM connection begins in this way.
    let begins_a_message = rest
        .first()
        .is_some_and(|first| matches!(first & !0xc0, 0x01 | 0x02) && first & 0xc0 != 0x40);
    if !has_opening && !begins_a_message {
        return None;
    }
    let mut unwrapped = Unwrapped {
        has_opening,
        ..Unwrapped::default()
    };
    while !rest.is_empty() {
        let (frame, after) = match Frame::read(rest) {
            Ok(read) => read,
            Err(problem) => return Some(Err(problem)),
        };
        rest = after;
        if frame.is_data() {
            unwrapped.messages += usize::from(frame.is_last);
            frame.unmask_into(&mut unwrapped.payload);
        }
    }
    Some(Ok(unwrapped))
}

/// Returns the bytes after the request or the response that opens a WebSocket.
fn after_opening(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = bytes.split_at(end);
    let head = std::str::from_utf8(head).ok()?.to_ascii_lowercase();
    let mut lines = head.lines();
    let first = lines.next()?;
    let opens = first.starts_with("get ") || first.starts_with("http/1.1 101");
    let header = |line: &str| {
        line.split_once(':')
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
    };
    let upgrades = lines
        .filter_map(header)
        .any(|(name, value)| name == "upgrade" && value == "websocket");
    (opens && upgrades).then(|| &rest[4..])
}

struct Frame<'a> {
    is_last: bool,
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), String> {
        let ends = || "the capture ends within a WebSocket frame".to_owned();
        let (&[first, second], rest) = bytes.split_first_chunk().ok_or_else(ends)?;
        if first & 0x40 != 0 {
            return Err("the WebSocket message is compressed (permessage-deflate)".into());
        }
        if first & 0x30 != 0 {
            return Err("a WebSocket frame has reserved bits set".into());
        }
        let (len, rest) = match second & 0x7f {
            126 => {
                let (len, rest) = rest.split_first_chunk().ok_or_else(ends)?;
                (u64::from(u16::from_be_bytes(*len)), rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk().ok_or_else(ends)?;
                (u64::from_be_bytes(*len), rest)
            }
            len => (u64::from(len), rest),
        };
        let (mask, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => {
                let (mask, rest) = rest.split_first_chunk().ok_or_else(ends)?;
                (Some(*mask), rest)
            }
        };
        let len = usize::try_from(len).map_err(|_| ends())?;
        let (payload, rest) = rest.split_at_checked(len).ok_or_else(ends)?;
        let frame = Frame {
            is_last: first & 0x80 != 0,
            opcode: first & 0xf,
            mask,
            payload,
        };
        Ok((frame, rest))
    }

    /// Returns whether this is text, binary, or a continuation. All other frames are Close, Ping
    /// and Pong.
    fn is_data(&self) -> bool {
        self.opcode <= 2
    }

    fn unmask_into(&self, out: &mut Vec<u8>) {
        let mask = self.mask.unwrap_or_default();
        let masked = self.payload.iter().zip(mask.iter().cycle());
        out.extend(masked.map(|(byte, mask)| byte ^ mask));
    }
}
