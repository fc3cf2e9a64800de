//! The most frequent texts of a stream in constant memory, by Misra and Gries: while there are no
//! more distinct ones than counters, the counts are exact.

use std::collections::HashMap;

/// `COUNTERS` are counted at once.
#[derive(Default)]
pub struct HeavyHitters<const COUNTERS: usize> {
    counts: HashMap<Box<str>, u64>,
    /// How much too low any count may be.
    pub missed: u64,
}

impl<const COUNTERS: usize> HeavyHitters<COUNTERS> {
    pub fn add(&mut self, uid: &str) {
        if let Some(count) = self.counts.get_mut(uid) {
            *count += 1;
        } else if self.counts.len() < COUNTERS {
            self.counts.insert(uid.into(), 1);
        } else {
            // Takes one from each and this one along: every true count is at most `missed` higher.
            self.missed += 1;
            self.counts.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
        }
    }

    /// The most frequent ones first.
    pub fn most(&self, number: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self
            .counts
            .iter()
            .map(|(uid, count)| (&**uid, *count))
            .collect();
        all.sort_by_key(|&(uid, count)| (std::cmp::Reverse(count), uid));
        all.truncate(number);
        all
    }
}
