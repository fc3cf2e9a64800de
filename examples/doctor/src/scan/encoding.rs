//! The encoding of single lines, which may differ within a log.

use std::borrow::Cow;

use encoding_rs::GB18030;
use memchr::memmem;

use super::super::line;

pub const TAG: &str = "【";

/// UTF-8; else GBK and GB18030, unless the tag, or a word that would be lost, shows that only something
/// else in the line is damaged: a stray byte takes the letter behind it for its second half.
pub fn text_of(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Ok(text) = std::str::from_utf8(line) {
        return Cow::Borrowed(text);
    }
    let is_tagged = memmem::find(line, TAG.as_bytes()).is_some();
    let gbk = || GB18030.decode_without_bom_handling_and_without_replacement(line);
    match is_tagged {
        true => String::from_utf8_lossy(line),
        false => gbk()
            .filter(|text| !loses_word(line, text))
            .unwrap_or_else(|| String::from_utf8_lossy(line)),
    }
}

fn loses_word(line: &[u8], text: &str) -> bool {
    line::needles()
        .any(|word| memmem::find(line, word.as_bytes()).is_some() && !text.contains(word))
}
