//! The lines of interest of one log, in bounded memory: only those in which one of the words
//! stands are looked at. Around a word, a window of the log is kept, so that a line of any length
//! and an object over several lines can be read.

use std::borrow::Cow;
use std::io::{self, Read};

use aho_corasick::AhoCorasick;
use encoding_rs::GB18030;
use memchr::{memchr, memchr_iter, memmem, memrchr};

use crate::enclosing::{self, Around};
use crate::line::{self, Entry, What};

/// Bytes of a line that are looked at, and of a log before and behind a word.
pub const WINDOW: usize = 64 * 1024;

const CHUNK: usize = 256 * 1024;

/// The end of a word, at least, that may have begun in the last chunk.
const MAX_WORD: usize = 64;

const TAG: &str = "【";

/// What was read, and what it looked like.
#[derive(Clone, Copy, Default)]
pub struct Extent {
    pub lines: u64,
    /// Lines that begin as JSON does.
    pub json: u64,
    /// Of WuKongIM's tags, as in `【handler】`.
    pub tags: u64,
    /// Lines of gin.
    pub gin: u64,
}

impl Extent {
    pub fn add(&mut self, other: Extent) {
        self.lines += other.lines;
        self.json += other.json;
        self.tags += other.tags;
        self.gin += other.gin;
    }
}

/// What a line, or an object over several lines, says.
pub struct Found {
    pub entries: Vec<Entry>,
    /// Counted from 1.
    pub line: u64,
}

pub struct Source {
    input: Box<dyn Read>,
    pub extent: Extent,
    buffer: Vec<u8>,
    /// Up to where the buffer was searched.
    scanned: usize,
    /// Lines before a place in the buffer.
    marked: (usize, u64),
    is_end: bool,
    /// Whether the buffer begins within a line.
    is_within: bool,
    /// Whether the rest of the line is passed over.
    skips: bool,
}

impl Source {
    pub fn new(input: Box<dyn Read>) -> Self {
        Source {
            input,
            extent: Extent::default(),
            buffer: Vec::new(),
            scanned: 0,
            marked: (0, 0),
            is_end: false,
            is_within: false,
            skips: false,
        }
    }

    /// What the next line of interest says; `None` at the end.
    pub fn next(&mut self, words: &AhoCorasick) -> io::Result<Option<Found>> {
        loop {
            if self.skips && !self.skip_line()? {
                return Ok(None);
            }
            let rest = self.buffer.get(self.scanned..).unwrap_or_default();
            let Some(word) = words.find(rest) else {
                if self.is_end {
                    return Ok(None);
                }
                let begun = self.buffer.len().saturating_sub(MAX_WORD);
                self.scanned = self.scanned.max(begun);
                self.fill()?;
                continue;
            };
            let start = self.scanned + word.start();
            self.scanned = start;
            match self.read(start, start + word.len()) {
                Some(found) => return Ok(Some(found)),
                None => self.fill()?,
            }
        }
    }

    /// What stands around a word; `None` if more has to be read to tell.
    fn read(&mut self, start: usize, end: usize) -> Option<Found> {
        let before = memrchr(b'\n', self.buffer.get(..start)?);
        let begins = before.map_or(0, |newline| newline + 1);
        let has_begin = before.is_some() || !self.is_within;
        let newline = memchr(b'\n', self.buffer.get(end..)?).map(|at| end + at);
        let is_near = self.buffer.len() - start < WINDOW;
        if newline.is_none() && !self.is_end && is_near {
            return None;
        }
        let ends = newline.unwrap_or(self.buffer.len());
        let number = self.line_number(begins);
        let found = |entries| {
            Some(Found {
                entries,
                line: number,
            })
        };
        let has_end = newline.is_some() || self.is_end;
        if has_begin && has_end && ends - begins <= WINDOW {
            if enclosing::is_member(self.buffer.get(begins..ends)?) {
                match enclosing::lines_around(&self.buffer, begins, ends) {
                    Around::Needs if !self.is_end && is_near => return None,
                    Around::Object(text, end) => {
                        let entries = line::parse(&text);
                        if entries.iter().any(is_understood) {
                            self.scanned = end;
                            return found(entries);
                        }
                    }
                    _ => {}
                }
            }
            let entries = line::parse(&text_of(self.buffer.get(begins..ends)?));
            self.scanned = ends;
            return found(entries);
        }
        self.read_long(start, end, begins, has_begin)
            .and_then(found)
    }

    /// A line of which a window is all that is looked at.
    fn read_long(
        &mut self,
        start: usize,
        end: usize,
        begins: usize,
        has_begin: bool,
    ) -> Option<Vec<Entry>> {
        if let Some((text, end)) = enclosing::value_around(&self.buffer, start, WINDOW) {
            let entries = line::parse(&text);
            if entries.iter().any(is_understood) {
                self.scanned = end;
                return Some(entries);
            }
        }
        if has_begin && start - begins < WINDOW {
            let begin = self.buffer.get(begins..)?;
            let entries = line::parse_cut(&text_of(begin.get(..WINDOW).unwrap_or(begin)));
            if entries.iter().any(is_understood) {
                self.scanned = end;
                self.skips = true;
                return Some(entries);
            }
        }
        let entries = line::unread(&text_of(self.buffer.get(start..end)?));
        self.scanned = end;
        Some(entries.into_iter().collect())
    }

    /// Whether there is another line.
    fn skip_line(&mut self) -> io::Result<bool> {
        loop {
            let rest = self.buffer.get(self.scanned..).unwrap_or_default();
            if let Some(newline) = memchr(b'\n', rest) {
                self.scanned += newline;
                self.skips = false;
                return Ok(true);
            }
            self.scanned = self.buffer.len();
            if self.is_end {
                return Ok(false);
            }
            self.fill()?;
        }
    }

    fn line_number(&mut self, at: usize) -> u64 {
        let (from, lines) = self.marked;
        if let Some(between) = self.buffer.get(from..at) {
            let more = memchr_iter(b'\n', between).count() as u64;
            self.marked = (at, lines + more);
        }
        self.marked.1 + 1
    }

    /// Reads on, and lets go of what lies further back than the window.
    fn fill(&mut self) -> io::Result<()> {
        let drop = self.scanned.saturating_sub(WINDOW);
        if drop > 0 {
            self.line_number(drop.max(self.marked.0));
            self.is_within = self.buffer.get(drop - 1) != Some(&b'\n');
            self.buffer.drain(..drop);
            self.scanned -= drop;
            self.marked.0 -= drop;
        }
        let len = self.buffer.len();
        self.buffer.resize(len + CHUNK, 0);
        let read = loop {
            match self
                .input
                .read(self.buffer.get_mut(len..).unwrap_or_default())
            {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(len + *read.as_ref().unwrap_or(&0));
        self.is_end = !matches!(read, Ok(1..));
        self.count(len);
        read.map(drop_count)
    }

    /// Counts what was read: the lines, and how they begin.
    fn count(&mut self, from: usize) {
        let is_first = self.extent.lines == 0 && from == 0;
        let read = self.buffer.get(from..).unwrap_or_default();
        let ends_open = self.buffer.last().is_some_and(|last| *last != b'\n');
        let extent = &mut self.extent;
        let mut begins = |line: &[u8]| match line {
            [b'{', ..] => extent.json += 1,
            [b'[', b'G', b'I', b'N', b']', ..] => extent.gin += 1,
            _ => {}
        };
        if is_first {
            begins(read);
        }
        let mut lines = 0;
        for newline in memchr_iter(b'\n', read) {
            lines += 1;
            begins(read.get(newline + 1..).unwrap_or_default());
        }
        extent.lines += lines;
        extent.tags += memmem::find_iter(read, TAG).count() as u64;
        // The last line may have no end.
        extent.lines += u64::from(self.is_end && ends_open);
    }
}

fn drop_count(_: usize) {}

fn is_understood(entry: &Entry) -> bool {
    !matches!(entry.what, What::Unread | What::Foreign)
}

/// UTF-8; else GBK and GB18030, unless the tag shows that only something else in the line is
/// damaged.
fn text_of(line: &[u8]) -> Cow<'_, str> {
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
