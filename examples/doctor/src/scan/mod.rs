//! The lines of interest of one log, in bounded memory: only lines that contain one of the words
//! are examined. Around a word, a window of the log is kept, so that a line of any length and an
//! object over several lines can be read. A fuzz target includes this folder unchanged.

mod buffer;
mod enclosing;
mod encoding;
mod extent;
mod nuls;
mod words;

use std::io::{self, Read};

use memchr::{memchr, memrchr};

use super::line::{self, Entry};
use buffer::Buffer;
use enclosing::Around;
use encoding::text_of;
use words::MAX_WORD;

pub use extent::Extent;
pub use words::Words;

/// Bytes of a line that are examined, and of a log before and after a word.
pub const WINDOW: usize = 64 * 1024;

/// What a line, or an object over several lines, says.
#[derive(Debug, PartialEq)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// Counted from 1; only for lines that were not understood, or have no time, unless all are
    /// numbered: the others' numbers are not printed.
    pub line: Option<u64>,
}

pub struct Source {
    buffer: Buffer,
    window: usize,
    /// The position up to which the buffer was searched.
    scanned: usize,
    /// The end of the object over several lines that was understood last.
    floor: usize,
    /// Up to where the long line that was understood last was read.
    read: usize,
    numbers_all: bool,
}

/// The line around a word, as far as it is in the buffer.
struct Line {
    begins: usize,
    ends: usize,
    has_begin: bool,
    has_end: bool,
}

impl Source {
    /// `window` is what [`WINDOW`] says; smaller in tests.
    pub fn new(input: Box<dyn Read>, window: usize) -> Self {
        Source {
            buffer: Buffer::new(input, window),
            window,
            scanned: 0,
            floor: 0,
            read: 0,
            numbers_all: false,
        }
    }

    /// Says of which line each is, whatever it says.
    pub fn numbering_all(self, numbers_all: bool) -> Self {
        Source {
            numbers_all,
            ..self
        }
    }

    pub fn extent(&self) -> Extent {
        self.buffer.extent
    }

    /// The next line of interest; `None` at the end.
    pub fn next(&mut self, words: &Words) -> io::Result<Option<Found>> {
        loop {
            let Some((start, end)) = words.find(self.buffer.behind(self.scanned)) else {
                if self.buffer.is_end {
                    return Ok(None);
                }
                let begun = self.buffer.bytes().len().saturating_sub(MAX_WORD);
                self.scanned = self.fill(self.scanned.max(begun))?;
                continue;
            };
            let (start, end) = (self.scanned + start, self.scanned + end);
            if end <= self.read {
                self.scanned = end;
                continue;
            }
            match self.read(start, end, words) {
                Some(found) => return Ok(Some(found)),
                None => self.scanned = self.fill(start)?,
            }
        }
    }

    /// The text around a word; `None` if more must be read to tell.
    fn read(&mut self, start: usize, end: usize, words: &Words) -> Option<Found> {
        let needs_more = !self.buffer.is_end && self.buffer.behind(start).len() < self.window;
        let line = self.line_around(start, end);
        if !line.has_end && needs_more {
            return None;
        }
        let is_whole = line.has_begin && line.has_end && line.ends - line.begins <= self.window;
        let entries = match is_whole {
            true => self.read_whole(start, &line, needs_more)?,
            false => self.read_long(start, end, &line, words),
        };
        let is_told = |entry: &Entry| !is_understood(entry) || entry.at.is_none();
        let is_told = self.numbers_all || entries.iter().any(is_told);
        let line = is_told.then(|| self.buffer.line_number(line.begins));
        Some(Found { entries, line })
    }

    fn line_around(&self, start: usize, end: usize) -> Line {
        let before = memrchr(b'\n', self.buffer.between(0, start));
        let newline = memchr(b'\n', self.buffer.behind(end)).map(|at| end + at);
        Line {
            begins: before.map_or(0, |newline| newline + 1),
            ends: newline.unwrap_or(self.buffer.bytes().len()),
            has_begin: before.is_some() || self.buffer.begins_with_line(),
            has_end: newline.is_some() || self.buffer.is_end,
        }
    }

    /// A line, or the object over several lines that it is a member of.
    fn read_whole(&mut self, start: usize, line: &Line, needs_more: bool) -> Option<Vec<Entry>> {
        let text = self.buffer.between(line.begins, line.ends);
        if enclosing::is_member(text) {
            let (ends, floor) = (line.ends, self.floor);
            match enclosing::lines_around(&self.buffer, start, ends, self.window, floor, needs_more)
            {
                Around::Needs => return None,
                Around::Object(text, end) => {
                    let entries = line::parse(&text);
                    if entries.iter().any(is_understood) {
                        self.scanned = end;
                        self.floor = end;
                        return Some(entries);
                    }
                }
                _ => {}
            }
        }
        let entries = line::parse(&text_of(text));
        self.scanned = line.ends;
        Some(entries)
    }

    /// A line of which only a window is examined.
    fn read_long(&mut self, start: usize, end: usize, line: &Line, words: &Words) -> Vec<Entry> {
        let value = enclosing::value_around(self.buffer.bytes(), start, self.window);
        if let Some((text, end)) = value {
            let entries = line::parse(&text);
            if entries.iter().any(is_understood) {
                self.scanned = end;
                return entries;
            }
        }
        self.scanned = end;
        let is_read = self.read > line.begins;
        if line.has_begin && !is_read && start - line.begins < self.window {
            let (entries, len) = self.read_begin(line.begins, words);
            if entries.iter().any(is_understood) {
                // What stands behind is not passed over, nor a word that is cut by the window's end.
                self.read = line.begins + len;
                self.scanned = end.max(self.read.saturating_sub(MAX_WORD));
                return entries;
            }
        }
        let word = text_of(self.buffer.between(start, end));
        line::unread(&word).into_iter().collect()
    }

    /// The first window of a line, and how much of it was read: of several lines within it, the last
    /// may be cut where that leaves nothing to understand.
    fn read_begin(&self, begins: usize, words: &Words) -> (Vec<Entry>, usize) {
        let begin = self.buffer.behind(begins);
        let begin = begin.get(..self.window).unwrap_or(begin);
        let entries = line::parse_cut(&text_of(begin));
        let last = words.last_phrase(begin).unwrap_or(begin.len());
        let before = begin.get(..last).unwrap_or(begin);
        let is_understood = entries.len() > line::parse_cut(&text_of(before)).len();
        let len = if is_understood { begin.len() } else { last };
        (entries, len)
    }

    /// Reads more. Returns the new offset of the position.
    fn fill(&mut self, place: usize) -> io::Result<usize> {
        let now = self.buffer.fill(place)?;
        let dropped = place.saturating_sub(now);
        self.floor = self.floor.saturating_sub(dropped);
        self.read = self.read.saturating_sub(dropped);
        Ok(now)
    }
}

fn is_understood(entry: &Entry) -> bool {
    entry.what.is_understood()
}
