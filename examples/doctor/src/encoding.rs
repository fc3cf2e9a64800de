//! Files that are no lines of UTF-8, told by how they begin: nothing would be found in them.

const GZIP: &[u8] = &[0x1f, 0x8b];
const BYTE_ORDER_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// Why a log that begins so cannot be read.
pub fn unreadable(begin: &[u8]) -> Option<&'static str> {
    if begin.starts_with(GZIP) {
        return Some("compressed with gzip; use `zcat FILE | doctor -`");
    }
    let has_mark = BYTE_ORDER_MARKS.iter().any(|mark| begin.starts_with(mark));
    (has_mark || is_utf_16(begin))
        .then_some("UTF-16, not UTF-8; use `iconv -f UTF-16 -t UTF-8 FILE | doctor -`")
}

/// Half of nearly every character is NUL, always the same half. The holes that a rotated log may
/// begin with are NUL throughout.
fn is_utf_16(begin: &[u8]) -> bool {
    let nuls = |half: usize| {
        let bytes = begin.iter().skip(half).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (fewer, more) = (nuls(0).min(nuls(1)), nuls(0).max(nuls(1)));
    more > begin.len() / 4 && fewer * 8 < more
}
