//! What a gateway has in memory, from one start to the next.

use std::fmt::Write;
use std::time::Instant;

/// More than this, and it has grown: a tenth, and what an allocator keeps or gives back.
const TENTH: u64 = 10;
const SLACK_KIB: u64 = 4 * 1024;

/// Below so many a series has no quarters to speak of.
const ENOUGH: usize = 12;

#[derive(Default)]
pub struct Series(Vec<(Instant, u64)>);

impl Series {
    pub fn push(&mut self, kib: u64) {
        self.0.push((Instant::now(), kib));
    }

    pub fn describe(&self, name: &str) -> String {
        let mut line = String::new();
        let [Some((from, _)), Some((to, _))] = [self.0.first(), self.0.last()] else {
            return line;
        };
        let lasts = to.duration_since(*from).as_secs();
        let Some((first, last)) = self.quarters() else {
            return line;
        };
        let verdict = if self.is_flat() { "flat" } else { "GROWS" };
        let most = self.0.iter().map(|(_, kib)| kib).max().unwrap_or(&0);
        write!(
            line,
            "| {name} | {lasts} s | {first} | {last} | {most} | {verdict} |"
        )
        .unwrap();
        line
    }

    pub fn is_flat(&self) -> bool {
        self.quarters()
            .is_none_or(|(first, last)| last <= first + first / TENTH + SLACK_KIB)
    }

    /// The medians of the first and of the last.
    fn quarters(&self) -> Option<(u64, u64)> {
        let quarter = self.0.len() / 4;
        (self.0.len() >= ENOUGH).then(|| {
            let median = |part: &[(Instant, u64)]| {
                let mut kib: Vec<_> = part.iter().map(|(_, kib)| *kib).collect();
                kib.sort_unstable();
                kib[kib.len() / 2]
            };
            let (first, last) = (&self.0[..quarter], &self.0[self.0.len() - quarter..]);
            (median(first), median(last))
        })
    }
}
