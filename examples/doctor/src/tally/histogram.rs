//! Counts over time in a bounded number of buckets: if there are too few, they get wider.

use std::collections::BTreeMap;

use wukongim_auth::Timestamp;

const MAX_BUCKETS: i64 = 48;
const HOUR: i64 = 3_600_000;
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub struct Histogram {
    /// The width of a bucket, in milliseconds.
    width: i64,
    buckets: BTreeMap<i64, u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            width: HOUR,
            buckets: BTreeMap::new(),
        }
    }
}

impl Histogram {
    pub fn add(&mut self, at: Timestamp) {
        *self
            .buckets
            .entry(at.as_millis().div_euclid(self.width))
            .or_default() += 1;
        while self.span() > MAX_BUCKETS {
            self.width *= 2;
            let narrow = std::mem::take(&mut self.buckets);
            for (bucket, count) in narrow {
                *self.buckets.entry(bucket.div_euclid(2)).or_default() += count;
            }
        }
    }

    /// One character per bucket, and the hours of a bucket; `None` for a single one.
    pub fn bars(&self) -> Option<(String, i64)> {
        let (first, _) = self.buckets.first_key_value()?;
        let most = *self.buckets.values().max()?;
        let bar = |bucket| {
            let count = self.buckets.get(&bucket).copied().unwrap_or_default();
            let level = (count * 8).div_ceil(most);
            LEVELS[usize::try_from(level).unwrap_or_default().min(8)]
        };
        let bars = (0..self.span()).map(|offset| bar(first + offset)).collect();
        (self.span() > 1).then_some((bars, self.width / HOUR))
    }

    fn span(&self) -> i64 {
        let first = self.buckets.first_key_value();
        let last = self.buckets.last_key_value();
        first
            .zip(last)
            .map_or(0, |((first, _), (last, _))| last - first + 1)
    }
}
