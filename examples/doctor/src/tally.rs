//! What is kept of a log: one group per cause and device flag, whatever the log's size.

use std::collections::{BTreeMap, HashMap};

use wukongim_auth::{DeviceFlag, Timestamp};

use crate::finding::Finding;
use crate::heavy_hitters::HeavyHitters;
use crate::histogram::Histogram;
use crate::line::{Elsewhere, Failure};
use crate::show;

#[derive(Default)]
pub struct Tally {
    pub failures: u64,
    pub groups: HashMap<(Finding, Option<DeviceFlag>), Group>,
    pub elsewhere: BTreeMap<Elsewhere, Group>,
    pub uids: HeavyHitters,
}

#[derive(Default)]
pub struct Group {
    pub count: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    pub times: Histogram,
    /// The first failure, as it may be printed.
    pub example: String,
}

impl Tally {
    /// `reveal` shows the tokens of the example.
    pub fn add(
        &mut self,
        failure: &Failure,
        finding: Finding,
        at: Option<Timestamp>,
        reveal: bool,
    ) {
        self.failures += 1;
        let key = (finding, failure.device_flag);
        let group = self.groups.entry(key).or_default();
        if group.count == 0 {
            group.example = example(failure, reveal);
        }
        group.add(at);
        if let Some(uid) = &failure.uid {
            self.uids.add(&show::escaped(uid));
        }
    }

    pub fn add_elsewhere(&mut self, what: Elsewhere, at: Option<Timestamp>) {
        self.elsewhere.entry(what).or_default().add(at);
    }
}

impl Group {
    fn add(&mut self, at: Option<Timestamp>) {
        self.count += 1;
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
            self.times.add(at);
        }
    }
}

fn example(failure: &Failure, reveal: bool) -> String {
    let uid = failure.uid.as_deref().map(show::escaped);
    let uid = uid.map(|uid| format!("uid=\"{uid}\"")).unwrap_or_default();
    let (expected, actual) = (failure.expected.as_deref(), failure.actual.as_deref());
    let example = uid + &show::tokens(expected, actual, reveal);
    example.trim_start().to_owned()
}
