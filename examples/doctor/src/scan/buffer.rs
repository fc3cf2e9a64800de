//! The part of a log that is being examined: what was read last, and a window before it. The
//! findings do not depend on the chunks in which the log came.

use std::io::{self, ErrorKind, Read};

use memchr::memchr_iter;

use super::extent::{Extent, HEAD};
use super::nuls::Nuls;

const CHUNK: usize = 256 * 1024;

pub struct Buffer {
    input: Box<dyn Read>,
    /// Longer than a chunk, so that it need not be cleared for each one.
    storage: Vec<u8>,
    len: usize,
    /// Bytes that are kept before the current position.
    window: usize,
    pub extent: Extent,
    nuls: Nuls,
    /// The position up to which lines were counted.
    counted: usize,
    /// A position, and the number of lines before it.
    marked: Option<(usize, u64)>,
    pub is_end: bool,
    /// Whether it begins within a line.
    is_within: bool,
    is_begun: bool,
}

impl Buffer {
    pub fn new(input: Box<dyn Read>, window: usize) -> Self {
        Buffer {
            input,
            storage: Vec::new(),
            len: 0,
            window,
            extent: Extent::default(),
            nuls: Nuls::default(),
            counted: 0,
            marked: None,
            is_end: false,
            is_within: false,
            is_begun: false,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.storage.get(..self.len).unwrap_or_default()
    }

    pub fn behind(&self, place: usize) -> &[u8] {
        self.bytes().get(place..).unwrap_or_default()
    }

    pub fn between(&self, start: usize, end: usize) -> &[u8] {
        self.bytes().get(start..end).unwrap_or_default()
    }

    /// Whether a line begins here, if nothing before it shows that.
    pub fn begins_with_line(&self) -> bool {
        !self.is_within
    }

    /// Reads more, and drops what is further back than the window before a position. Returns the
    /// new offset of the position.
    pub fn fill(&mut self, place: usize) -> io::Result<usize> {
        let drop = place.saturating_sub(self.window).min(self.counted);
        if drop > 0 {
            self.is_within = self.storage.get(drop - 1) != Some(&b'\n');
            self.storage.copy_within(drop..self.len, 0);
            self.len -= drop;
            self.counted -= drop;
            self.marked = None;
        }
        if self.storage.len() < self.len + CHUNK {
            self.storage.resize(self.len + CHUNK, 0);
        }
        let free = self.storage.get_mut(self.len..).unwrap_or_default();
        let read = read_some(&mut *self.input, free);
        self.is_end = !matches!(read, Ok(1..));
        let begins = self.len;
        self.len += read.as_ref().copied().unwrap_or_default();
        self.count();
        self.look_for_nuls(begins);
        read.map(|_| place - drop)
    }

    /// In what was read last, which begins here.
    fn look_for_nuls(&mut self, begins: usize) {
        let read = self.storage.get(begins..self.len).unwrap_or_default();
        if let Some(at) = self.nuls.find(read, self.is_end) {
            self.extent.binary = Some(self.line_number(begins + at));
        }
    }

    /// Counts what was read; the head of a line may still be missing.
    fn count(&mut self) {
        let upto = match self.is_end {
            true => self.len,
            false => self.len.saturating_sub(HEAD).max(self.counted),
        };
        let bytes = self.storage.get(..self.len).unwrap_or_default();
        if !self.is_begun && upto > 0 {
            self.is_begun = true;
            self.extent.begin(bytes);
        }
        let text = bytes.get(self.counted..).unwrap_or_default();
        self.extent.count(text, upto - self.counted);
        self.counted = upto;
        // The last line may have no end.
        let is_open = bytes.last().is_some_and(|last| *last != b'\n');
        self.extent.lines += u64::from(self.is_end && is_open);
    }

    /// The number of the line that begins at a position, counted from 1.
    pub fn line_number(&mut self, at: usize) -> u64 {
        let newlines = |from, to| memchr_iter(b'\n', self.between(from, to)).count() as u64;
        let is_open = self.is_end && self.bytes().last().is_some_and(|last| *last != b'\n');
        let before = match self.marked {
            Some((from, lines)) if from <= at => lines + newlines(from, at),
            _ if at <= self.counted => {
                self.extent.lines - u64::from(is_open) - newlines(at, self.counted)
            }
            _ => self.extent.lines + newlines(self.counted, at),
        };
        self.marked = Some((at, before));
        before + 1
    }
}

fn read_some(input: &mut dyn Read, free: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(free) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
