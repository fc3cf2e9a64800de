//! The encoding of single lines, which a log may mix.

use std::borrow::Cow;

use encoding_rs::GB18030;
use memchr::memmem;

pub const TAG: &str = "【";

/// UTF-8; else GBK and GB18030, unless the tag shows that only something else in the line is
/// damaged.
pub fn text_of(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Ok(text) = std::str::from_utf8(line) {
        return Cow::Borrowed(text);
    }
    let is_tagged = memmem::find(line, TAG.as_bytes()).is_some();
    let gbk = || GB18030.decode_without_bom_handling_and_without_replacement(line);
    match is_tagged {
        true => String::from_utf8_lossy(line),
        false => gbk().unwrap_or_else(|| String::from_utf8_lossy(line)),
    }
}
