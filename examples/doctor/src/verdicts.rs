//! The crate logs a verdict immediately, and its diagnosis some milliseconds later: two lines about
//! one failure, which is reported once, with the cause that the diagnosis found. The memory is
//! bounded, whatever the log.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;

use crate::find::Finding;
use crate::line::{Attempt, Failure, Step, What, When};

/// Lines that are further apart belong to different attempts: a diagnosis does not wait longer for
/// its store.
const WITHIN_MILLIS: u64 = 10_000;

/// How much may be held back until a diagnosis comes: lines, and bytes of their texts.
const MAX_LINES: usize = 1_024;
const MAX_BYTES: usize = 1 << 20;

/// A line's finding, and its position.
pub struct Noted {
    pub file: usize,
    pub line: Option<u64>,
    pub at: Option<When>,
    pub what: What,
    /// The finding, if it was already printed.
    pub finding: Option<Finding>,
}

/// Lines that wait for their other half, and the lines after them: their order is kept.
#[derive(Default)]
pub struct Verdicts {
    held: VecDeque<Held>,
    bytes: usize,
    newest: Option<When>,
    keys: RandomState,
    /// How many of them wait for another half: most lines have none, so none is searched for.
    waiting: HashMap<Half, usize>,
}

/// An attempt, and which of its halves this is.
type Half = (u64, Step);

pub struct Held {
    pub noted: Noted,
    /// The attempt whose other half may still come, and which half this is.
    waits: Option<Half>,
    /// Where it stands again, if it was there before.
    place: Option<usize>,
    /// Whether it adds something new.
    pub is_news: bool,
}

impl Held {
    /// Whether it replaces what was printed about this failure before.
    pub fn corrects(&self) -> bool {
        self.place.is_some()
    }
}

impl Verdicts {
    /// A line, or two in one if its other half is here. The caller must [keep](Self::keep) it.
    pub fn take(&mut self, noted: Noted) -> Held {
        let waits = self.awaited(&noted);
        let place = waits.and_then(|half| self.other_half(half, noted.at));
        match place.and_then(|place| Some((place, self.remove(place)?))) {
            Some((place, first)) => joined(place, first, noted),
            None => Held {
                noted,
                waits,
                place: None,
                is_news: true,
            },
        }
    }

    pub fn keep(&mut self, held: Held) {
        self.newest = held.noted.at.or(self.newest);
        self.bytes += bytes(&held.noted.what);
        if let Some(half) = held.waits {
            *self.waiting.entry(half).or_default() += 1;
        }
        let place = held.place.unwrap_or(self.held.len());
        self.held.insert(place, held);
    }

    /// The lines that wait for nothing, or have waited long enough.
    pub fn next(&mut self) -> Option<Noted> {
        let first = self.held.front()?;
        let is_full = self.held.len() > MAX_LINES || self.bytes > MAX_BYTES;
        let is_over = is_full || first.waits.is_none() || !is_near(first.noted.at, self.newest);
        if is_over { self.rest() } else { None }
    }

    /// The first of the lines that are held, at the end of the log.
    pub fn rest(&mut self) -> Option<Noted> {
        self.remove(0).map(|held| held.noted)
    }

    fn remove(&mut self, place: usize) -> Option<Held> {
        let held = self.held.remove(place)?;
        self.bytes = self.bytes.saturating_sub(bytes(&held.noted.what));
        if let Some(half) = held.waits
            && let Some(count) = self.waiting.get_mut(&half)
        {
            *count -= 1;
            if *count == 0 {
                self.waiting.remove(&half);
            }
        }
        Some(held)
    }

    fn awaited(&self, noted: &Noted) -> Option<Half> {
        let What::Failure(failure) = &noted.what else {
            return None;
        };
        let Attempt {
            step,
            device_id,
            peer,
        } = failure.attempt.as_deref()?;
        let Failure { uid, actual, .. } = failure;
        let flag = failure.device_flag;
        let key = self.keys.hash_one((uid, flag, device_id, actual, peer));
        Some((key, *step))
    }

    /// Lines of the same attempt, the oldest first: a client that retries immediately has several.
    fn other_half(&self, (key, step): Half, at: Option<When>) -> Option<usize> {
        let other = match step {
            Step::Verdict => (key, Step::Diagnosis),
            Step::Diagnosis => (key, Step::Verdict),
        };
        let mut held = self.held.iter();
        let is_it = |held: &Held| held.waits == Some(other) && is_near(held.noted.at, at);
        self.waiting.get(&other)?;
        held.position(is_it)
    }
}

/// The verdict's line with the diagnosis's cause, whichever came first: exports may have the newest
/// line first.
fn joined(place: usize, first: Held, second: Noted) -> Held {
    let first_is_diagnosis = matches!(first.waits, Some((_, Step::Diagnosis)));
    let first = first.noted;
    let is_news = !first_is_diagnosis && told(&first.what) != told(&second.what);
    let finding = first.finding.filter(|_| !is_news);
    let (verdict_at, what) = match first_is_diagnosis {
        true => (second.at.or(first.at), first.what),
        false => (first.at.or(second.at), second.what),
    };
    Held {
        noted: Noted {
            file: first.file,
            line: first.line.or(second.line),
            at: verdict_at,
            what,
            finding,
        },
        waits: None,
        place: Some(place),
        is_news,
    }
}

fn told(what: &What) -> Option<&crate::line::Told> {
    match what {
        What::Failure(failure) => Some(&failure.told),
        _ => None,
    }
}

/// Lines without a time are close to the lines around them.
fn is_near(one: Option<When>, other: Option<When>) -> bool {
    let apart = |(one, other): (When, When)| {
        let (one, other) = (one.at.as_millis(), other.at.as_millis());
        one.abs_diff(other)
    };
    one.zip(other)
        .is_none_or(|times| apart(times) <= WITHIN_MILLIS)
}

fn bytes(what: &What) -> usize {
    let What::Failure(failure) = what else {
        return 0;
    };
    let texts = [&failure.uid, &failure.expected, &failure.actual];
    let texts = texts.into_iter().flatten().map(String::len);
    let attempt = failure.attempt.as_ref();
    texts.sum::<usize>() + attempt.map_or(0, |it| it.device_id.len() + it.peer.len())
}
