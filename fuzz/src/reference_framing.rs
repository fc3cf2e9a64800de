// Where a request to connect ends, by PROTOCOL §1, §3 and §6: slow, and written apart from the crate.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// More bytes are needed.
    Open,
    /// No bytes will help.
    Refused,
    /// Header and body, or the JSON text.
    Ends { header: usize, end: usize },
}

fn extent(bytes: &[u8], max: usize) -> Extent {
    let blanks = bytes
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    match blanks {
        None if bytes.len() > max => Extent::Refused,
        None => Extent::Open,
        Some(start) if start > max => Extent::Refused,
        Some(start) if bytes[start] == b'{' => json_extent(bytes, max),
        Some(start) if bytes[start] == b'[' => Extent::Refused,
        Some(_) => connect_extent(bytes, max),
    }
}

/// How connections of other protocols begin whose first byte is not CONNECT's.
const OPENINGS: [(&[u8], &str); 16] = [
    (b"GET ", "other_protocol_http"),
    (b"HEAD ", "other_protocol_http"),
    (b"POST ", "other_protocol_http"),
    (b"PUT ", "other_protocol_http"),
    (b"DELETE ", "other_protocol_http"),
    (b"PATCH ", "other_protocol_http"),
    (b"OPTIONS ", "other_protocol_http"),
    (b"CONNECT ", "other_protocol_http"),
    (b"TRACE ", "other_protocol_http"),
    (b"PRI * HTTP/2.0", "other_protocol_http"),
    (b"{", "other_protocol_json_rpc"),
    (b"SSH-", "other_protocol_ssh"),
    (b"PROXY ", "other_protocol_proxy_v1"),
    (
        b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a",
        "other_protocol_proxy_v2",
    ),
    (b"\x81", WEBSOCKET),
    (b"\x82", WEBSOCKET),
];

/// A client's frame is masked: that is in the byte behind.
const WEBSOCKET: &str = "other_protocol_websocket_frame";

/// Whether a few more bytes, within the limit, may tell which other protocol it is.
fn is_open_elsewhere(bytes: &[u8], max: usize) -> bool {
    let may_be = |(opening, name): &(&[u8], &str)| match *name {
        WEBSOCKET => *opening == bytes,
        _ => opening.len() > bytes.len() && opening.starts_with(bytes),
    };
    bytes.len() <= max && OPENINGS.iter().any(may_be)
}

fn connect_extent(bytes: &[u8], max: usize) -> Extent {
    if bytes[0] >> 4 != 1 {
        return match is_open_elsewhere(bytes, max) {
            true => Extent::Open,
            false => Extent::Refused,
        };
    }
    let mut len = 0;
    for (index, byte) in bytes[1..].iter().enumerate() {
        if index == 3 && *byte >= 0x80 {
            return Extent::Refused;
        }
        len += usize::from(byte % 0x80) * 128_usize.pow(index as u32);
        if *byte < 0x80 {
            let header = index + 2;
            return match header + len {
                _ if len > max => Extent::Refused,
                end if end <= bytes.len() => Extent::Ends { header, end },
                _ => Extent::Open,
            };
        }
    }
    Extent::Open
}

fn json_extent(bytes: &[u8], max: usize) -> Extent {
    let (mut depth, mut commas, mut at) = (0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = behind_string(bytes, at + 1);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' => commas += 1,
            _ => {}
        }
        if depth > 16 || commas > 255 || at >= max {
            return Extent::Refused;
        }
        at += 1;
        if depth == 0 && matches!(bytes[at - 1], b'}' | b']') {
            return Extent::Ends { header: 0, end: at };
        }
    }
    match bytes.len() > max {
        true => Extent::Refused,
        false => Extent::Open,
    }
}

fn behind_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}
