//! The counts behind the log: which refusals are written in full, and how many were not.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use tracing::Level;

/// The most pairs of an address and a cause that are counted separately; all others are counted
/// together.
const MAX_KINDS: usize = 256;

/// Replaces the label if there are too many labels to keep.
const OTHER: &str = "other";

/// Refusals that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The address; `None` if it is unknown, or if there are too many.
    pub network: Option<IpAddr>,
    /// The target of their events.
    pub target: &'static str,
    pub level: Level,
    /// The cause.
    pub label: String,
}

/// How many refusals of an interval are written in full.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub of_a_kind: usize,
    pub in_all: usize,
}

/// The counts of one interval. Their number is bounded, regardless of the number of peers.
#[derive(Debug)]
pub struct Tally {
    limits: Limits,
    written: usize,
    counts: HashMap<Kind, Count>,
}

#[derive(Debug, Default)]
struct Count {
    written: usize,
    suppressed: u64,
}

impl Tally {
    pub fn new(limits: Limits) -> Self {
        Tally {
            limits,
            written: 0,
            counts: HashMap::new(),
        }
    }

    /// Counts a refusal. Returns whether to write it in full, which requires `is_wanted`.
    pub fn count(&mut self, kind: Kind, is_wanted: bool) -> bool {
        let Limits { of_a_kind, in_all } = self.limits;
        let has_room = is_wanted && self.written < in_all;
        let count = self.entry(kind).or_default();
        if has_room && count.written < of_a_kind {
            count.written += 1;
            self.written += 1;
            return true;
        }
        count.suppressed += 1;
        false
    }

    /// Ends the interval: returns the refusals that were not written, the most frequent first.
    pub fn take(&mut self) -> Vec<(Kind, u64)> {
        self.written = 0;
        let counts = std::mem::take(&mut self.counts).into_iter();
        let suppressed = counts.map(|(kind, count)| (kind, count.suppressed));
        let mut suppressed: Vec<_> = suppressed.filter(|(_, count)| *count > 0).collect();
        suppressed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        suppressed
    }

    /// The key under which it is counted: without the address if there are too many keys, and
    /// without the label if there are still too many.
    fn entry(&mut self, mut kind: Kind) -> Entry<'_, Kind, Count> {
        let len = self.counts.len();
        if len >= MAX_KINDS && !self.counts.contains_key(&kind) {
            kind.network = None;
        }
        if len >= 2 * MAX_KINDS && !self.counts.contains_key(&kind) {
            kind.label = OTHER.to_owned();
        }
        self.counts.entry(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        of_a_kind: 2,
        in_all: 5,
    };

    fn kind(network: u32, label: &str) -> Kind {
        Kind {
            network: Some(IpAddr::V4(network.into())),
            target: "test",
            level: Level::WARN,
            label: label.to_owned(),
        }
    }

    #[test]
    fn the_first_of_each_kind_are_written_and_the_rest_is_counted() {
        let mut tally = Tally::new(LIMITS);
        for _ in 0..2 {
            for label in ["mismatch", "not_issued"] {
                let written: Vec<_> = (0..5).map(|_| tally.count(kind(1, label), true)).collect();
                assert_eq!(written, [true, true, false, false, false]);
            }
            // The fifth line is the last of the interval.
            assert!(tally.count(kind(2, "mismatch"), true));
            assert!(!tally.count(kind(3, "mismatch"), true));
            let mut suppressed = tally.take();
            suppressed.sort_by_key(|(kind, _)| (kind.network, kind.label.clone()));
            let expected = [
                (kind(1, "mismatch"), 3),
                (kind(1, "not_issued"), 3),
                (kind(3, "mismatch"), 1),
            ];
            assert_eq!(suppressed, expected);
        }
        assert!(tally.take().is_empty());
    }

    #[test]
    fn what_is_not_wanted_in_full_is_counted_and_leaves_its_room_to_others() {
        let mut tally = Tally::new(LIMITS);
        for _ in 0..100 {
            assert!(!tally.count(kind(1, "silent"), false));
        }
        assert!(tally.count(kind(1, "silent"), true));
        assert_eq!(tally.take(), [(kind(1, "silent"), 100)]);
    }

    #[test]
    fn the_most_frequent_is_first() {
        let mut tally = Tally::new(LIMITS);
        for (label, times) in [("few", 1), ("many", 9), ("some", 5)] {
            for _ in 0..times {
                tally.count(kind(1, label), false);
            }
        }
        let labels: Vec<_> = tally
            .take()
            .into_iter()
            .map(|(kind, _)| kind.label)
            .collect();
        assert_eq!(labels, ["many", "some", "few"]);
    }

    /// A peer with many addresses, or one that causes many labels, cannot fill the memory.
    #[test]
    fn too_many_kinds_are_counted_together_and_none_is_lost() {
        let mut tally = Tally::new(LIMITS);
        for address in 0..100_000 {
            tally.count(kind(address, "mismatch"), true);
        }
        assert_eq!(tally.counts.len(), MAX_KINDS + 1);
        for label in 0..100_000 {
            tally.count(kind(1, &label.to_string()), true);
        }
        assert_eq!(tally.counts.len(), 2 * MAX_KINDS + 1);
        // A pair that is already counted separately still is.
        tally.count(kind(7, "mismatch"), true);
        let suppressed = tally.take();
        let of_seven = |(kind, _): &&(Kind, u64)| kind.network == Some(IpAddr::V4(7.into()));
        assert_eq!(suppressed.iter().find(of_seven).unwrap().1, 2);
        let total: u64 = suppressed.iter().map(|(_, count)| count).sum();
        assert_eq!(total, 200_001 - 5);
    }
}
