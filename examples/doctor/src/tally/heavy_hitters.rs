//! The most frequent items of a stream in constant memory, by the algorithm of Misra and Gries: as
//! long as there are no more distinct items than counters, the counts are exact.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Counts at most `COUNTERS` items at once.
pub struct HeavyHitters<K, const COUNTERS: usize> {
    counts: HashMap<K, u64>,
    /// The most that any count may be too low.
    pub missed: u64,
}

impl<K, const COUNTERS: usize> Default for HeavyHitters<K, COUNTERS> {
    fn default() -> Self {
        HeavyHitters {
            counts: HashMap::new(),
            missed: 0,
        }
    }
}

impl<K: Eq + Hash + Ord, const COUNTERS: usize> HeavyHitters<K, COUNTERS> {
    pub fn add<Q>(&mut self, one: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(count) = self.counts.get_mut(one) {
            *count += 1;
        } else if self.counts.len() < COUNTERS {
            self.counts.insert(one.to_owned(), 1);
        } else {
            // Takes one from each, and drops this one: every true count is at most `missed` higher.
            self.missed += 1;
            self.counts.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
        }
    }

    /// The most frequent ones first.
    pub fn most(&self, number: usize) -> Vec<(&K, u64)> {
        let mut all: Vec<_> = self
            .counts
            .iter()
            .map(|(one, count)| (one, *count))
            .collect();
        all.sort_by_key(|&(one, count)| (std::cmp::Reverse(count), one));
        all.truncate(number);
        all
    }
}
