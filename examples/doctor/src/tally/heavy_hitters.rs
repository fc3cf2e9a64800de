//! The most frequent ones of a stream in constant memory, by Misra and Gries: while there are no
//! more distinct ones than counters, the counts are exact.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// `COUNTERS` are counted at once.
pub struct HeavyHitters<K, const COUNTERS: usize> {
    counts: HashMap<K, u64>,
    /// How much too low any count may be.
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
            // Takes one from each and this one along: every true count is at most `missed` higher.
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
