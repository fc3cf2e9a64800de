//! Lines of a stream in bounded memory: what goes beyond the limit of a line is skipped.

use std::io::{self, BufRead};

use memchr::memchr;

/// Bytes of a line that are looked at. The tokens of a refusal stand long before.
pub const MAX_LINE: usize = 64 * 1024;

/// What was read.
#[derive(Clone, Copy, Default)]
pub struct Extent {
    pub bytes: u64,
    pub lines: u64,
    /// Lines beyond the limit.
    pub cut: u64,
}

/// Calls `each` with every line, without its end, and whether it was cut, and `progress` with the bytes read so far.
pub fn for_each(
    mut input: impl BufRead,
    extent: &mut Extent,
    mut each: impl FnMut(&[u8], bool) -> io::Result<()>,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    // A line that began in an earlier buffer, and whether more of it was skipped.
    let (mut begun, mut is_cut) = (Vec::new(), false);
    let mut emit = |line: &[u8], is_cut: bool, extent: &mut Extent| {
        extent.lines += 1;
        let is_cut = is_cut || line.len() > MAX_LINE;
        extent.cut += u64::from(is_cut);
        let line = &line[..line.len().min(MAX_LINE)];
        each(line.strip_suffix(b"\r").unwrap_or(line), is_cut)
    };
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            break;
        }
        let mut rest = buffer;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            if begun.is_empty() {
                emit(line, false, extent)?;
            } else {
                is_cut |= keep(&mut begun, line);
                emit(&begun, is_cut, extent)?;
                begun.clear();
            }
            is_cut = false;
            rest = &after[1..];
        }
        is_cut |= keep(&mut begun, rest);
        let read = buffer.len();
        extent.bytes += read as u64;
        input.consume(read);
        progress(extent.bytes);
    }
    if !begun.is_empty() {
        emit(&begun, is_cut, extent)?;
    }
    Ok(())
}

/// Appends up to the limit, and says whether something was left out.
fn keep(begun: &mut Vec<u8>, more: &[u8]) -> bool {
    let room = MAX_LINE.saturating_sub(begun.len()).min(more.len());
    begun.extend_from_slice(&more[..room]);
    room < more.len()
}
