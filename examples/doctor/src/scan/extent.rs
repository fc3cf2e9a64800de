//! How much was read, and what it looked like: a report without a finding says so.

use memchr::{memchr_iter, memmem};

use super::encoding::TAG;

/// The bytes that tell the form of a line.
pub const HEAD: usize = 5;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub lines: u64,
    /// Lines that begin as JSON does.
    pub json: u64,
    /// Lines with WuKongIM's tags, such as `【handler】`.
    pub tags: u64,
    /// Lines of gin.
    pub gin: u64,
    /// The first line, counted from 1, with what is no text.
    pub binary: Option<u64>,
}

impl Extent {
    pub fn add(&mut self, other: Extent) {
        self.lines += other.lines;
        self.json += other.json;
        self.tags += other.tags;
        self.gin += other.gin;
        self.binary = self.binary.or(other.binary);
    }

    /// Counts the lines that end before a place, and the forms of those behind them. What stands
    /// behind that place, up to the length of a head, is looked at as well.
    pub fn count(&mut self, text: &[u8], upto: usize) {
        for newline in memchr_iter(b'\n', text.get(..upto).unwrap_or_default()) {
            self.lines += 1;
            self.begin(text.get(newline + 1..).unwrap_or_default());
        }
        let tags = text.get(..upto + TAG.len() - 1).unwrap_or(text);
        self.tags += memmem::find_iter(tags, TAG).count() as u64;
    }

    /// The beginning of a line.
    pub fn begin(&mut self, line: &[u8]) {
        match line {
            [b'{', ..] => self.json += 1,
            [b'[', b'G', b'I', b'N', b']', ..] => self.gin += 1,
            _ => {}
        }
    }
}
