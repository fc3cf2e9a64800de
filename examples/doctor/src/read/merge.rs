//! Several logs as one, ordered by time.

use std::io;

use crate::line::When;
use crate::scan::{Extent, Found, Source, Words};

pub struct Merge {
    logs: Vec<Log>,
    words: Words,
}

struct Log {
    source: Source,
    /// The index of the file.
    index: usize,
    next: Option<Found>,
    /// The time of the last line that had one: lines without a time stay where they are.
    at: Option<When>,
    is_read: bool,
}

impl Merge {
    pub fn new(words: Words) -> Self {
        Merge {
            logs: Vec::new(),
            words,
        }
    }

    pub fn add(&mut self, index: usize, source: Source) {
        self.logs.push(Log {
            source,
            index,
            next: None,
            at: None,
            is_read: false,
        });
    }

    /// The next finding, and its file; an error ends only that file.
    pub fn next(&mut self) -> Option<(usize, io::Result<Found>)> {
        for log in &mut self.logs {
            if let Err(error) = log.read(&self.words) {
                return Some((log.index, Err(error)));
            }
        }
        let waiting = self.logs.iter_mut().filter(|log| log.next.is_some());
        let log = waiting.min_by_key(|log| log.at)?;
        let found = log.next.take()?;
        Some((log.index, Ok(found)))
    }

    /// The files with what is no text, each with the first such line.
    pub fn binary(&self) -> impl Iterator<Item = (usize, u64)> {
        let logs = self.logs.iter();
        logs.filter_map(|log| Some((log.index, log.source.extent().binary?)))
    }

    pub fn extent(&self) -> Extent {
        let mut all = Extent::default();
        for log in &self.logs {
            all.add(log.source.extent());
        }
        all
    }
}

impl Log {
    fn read(&mut self, words: &Words) -> io::Result<()> {
        if self.is_read || self.next.is_some() {
            return Ok(());
        }
        let next = self.source.next(words);
        self.is_read = !matches!(next, Ok(Some(_)));
        self.next = next?;
        let found = self.next.iter().flat_map(|found| &found.entries);
        self.at = found.filter_map(|entry| entry.at).next().or(self.at);
        Ok(())
    }
}
