// Where a request to connect ends, by PROTOCOL §1 and §6: slow, and written apart from the crate.

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
        Some(start) if bytes[start] == b'{' => json_extent(bytes, max),
        Some(_) => connect_extent(bytes, max),
    }
}

fn connect_extent(bytes: &[u8], max: usize) -> Extent {
    if bytes[0] >> 4 != 1 {
        return Extent::Refused;
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
