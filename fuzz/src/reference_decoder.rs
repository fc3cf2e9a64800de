// What a frame is by PROTOCOL §1 to §4: slow, and written apart from the crate.

/// What the first frame in `bytes` comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reference {
    /// More bytes are needed, and how many where that is known.
    Open(Option<usize>),
    /// No bytes will help.
    Refused(FrameError),
    Frame {
        header: usize,
        end: usize,
    },
}

fn reference_decode(bytes: &[u8], max: usize) -> Reference {
    let Some(first) = bytes.first() else {
        return Reference::Open(None);
    };
    match first >> 4 {
        7 | 8 => return Reference::Frame { header: 1, end: 1 },
        1..=12 => {}
        number => return Reference::Refused(FrameError::UnknownType(number)),
    }
    let (mut len, mut at) = (0, 1);
    loop {
        match bytes.get(at) {
            None => return Reference::Open(None),
            Some(0x80..) if at == 4 => return Reference::Refused(FrameError::OverlongLength),
            Some(byte) => len += usize::from(byte % 0x80) * 128_usize.pow(at as u32 - 1),
        }
        at += 1;
        if bytes[at - 1] < 0x80 {
            break;
        }
    }
    match at + len {
        _ if len > max => Reference::Refused(FrameError::TooLarge { len, max }),
        end if end > bytes.len() => Reference::Open(Some(end - bytes.len())),
        end => Reference::Frame { header: at, end },
    }
}

/// Whether a body that was read says what its bytes say.
fn agrees_with_reference(frame: &Frame<'_>, body: &[u8], version: u8) -> bool {
    let mut fields = Fields(body);
    let same = match frame.packet {
        Packet::Connect(read) => reference_connect(&mut fields).map(|connect| {
            let text = (read.device_id, read.uid, read.token.expose_secret());
            let numbers = (read.version, u8::from(read.device_flag));
            connect == (numbers, text, read.client_timestamp as u64, read.client_key)
        }),
        Packet::Connack(read) => {
            reference_connack(&mut fields, frame.flags.bits() & 1 == 1, version).map(|connack| {
                let text = (read.server_key, read.salt);
                let numbers = (read.server_version, read.time_diff as u64);
                connack == (numbers, u8::from(read.reason), text, read.node_id)
            })
        }
        Packet::Disconnect(read) => fields
            .number(1)
            .zip(fields.text())
            .map(|disconnect| disconnect == (u8::from(read.reason).into(), read.reason_text)),
        Packet::Ping | Packet::Pong => Some(body.is_empty()),
        Packet::Other { body: read, .. } => Some(std::ptr::eq(read, body)),
        other => panic!("{other:?}"),
    };
    same == Some(true)
}

/// Whether a body can be read at all.
fn is_readable(first: u8, body: &[u8], version: u8) -> bool {
    let mut fields = Fields(body);
    match first >> 4 {
        1 => reference_connect(&mut fields).is_some(),
        2 => reference_connack(&mut fields, first & 1 == 1, version).is_some(),
        9 => fields.number(1).zip(fields.text()).is_some(),
        _ => true,
    }
}

type ReferenceConnect<'a> = ((u8, u8), (&'a str, &'a str, &'a str), u64, &'a str);
type ReferenceConnack<'a> = ((Option<u8>, u64), u8, (&'a str, &'a str), u64);

fn reference_connect<'a>(fields: &mut Fields<'a>) -> Option<ReferenceConnect<'a>> {
    let numbers = (fields.number(1)? as u8, fields.number(1)? as u8);
    let text = (fields.text()?, fields.text()?, fields.text()?);
    Some((numbers, text, fields.number(8)?, fields.text()?))
}

fn reference_connack<'a>(
    fields: &mut Fields<'a>,
    has_server_version: bool,
    version: u8,
) -> Option<ReferenceConnack<'a>> {
    let server_version = match has_server_version {
        true => Some(fields.number(1)? as u8),
        false => None,
    };
    let numbers = (server_version, fields.number(8)?);
    let reason = fields.number(1)? as u8;
    let text = (fields.text()?, fields.text()?);
    let node_id = if version >= 4 { fields.number(8)? } else { 0 };
    Some((numbers, reason, text, node_id))
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn number(&mut self, len: usize) -> Option<u64> {
        let bytes = self.bytes(len)?.iter();
        Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = self.number(2)?;
        let bytes = self.bytes(len as usize)?;
        let text = std::str::from_utf8(bytes).ok()?;
        (len < 0x8000).then_some(text)
    }
}
