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
    let (mut depth, mut commas) = (0, 0);
    for at in outside_of_strings(bytes) {
        depth += i32::from(matches!(bytes[at], b'{' | b'['));
        depth -= i32::from(matches!(bytes[at], b'}' | b']'));
        commas += u32::from(bytes[at] == b',');
        if depth > 16 || commas > 255 || at >= max {
            return Extent::Refused;
        }
        if depth == 0 && matches!(bytes[at], b'}' | b']') {
            return Extent::Ends {
                header: 0,
                end: at + 1,
            };
        }
    }
    match bytes.len() > max {
        true => Extent::Refused,
        false => Extent::Open,
    }
}

fn outside_of_strings(bytes: &[u8]) -> Vec<usize> {
    let (mut outside, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] != b'"' {
            outside.push(at);
            at += 1;
            continue;
        }
        at += 1;
        while at < bytes.len() && bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at += 1;
    }
    outside
}
