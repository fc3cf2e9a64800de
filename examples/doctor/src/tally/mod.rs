//! What is kept of a log: one group per cause and device flag, whatever the log's size.

mod heavy_hitters;
mod histogram;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

use wukongim_auth::DeviceFlag;

use crate::find::Finding;
use crate::line::{Elsewhere, Failure, When};
use crate::show;
use heavy_hitters::HeavyHitters;
use histogram::Histogram;

/// The most users, and clients of one group, that are counted at once.
const USERS: usize = 1_000;
const CLIENTS: usize = 16;

/// The most places that are distinguished.
const MAX_PLACES: usize = 64;

#[derive(Default)]
pub struct Tally {
    pub failures: u64,
    pub groups: HashMap<(Finding, Option<DeviceFlag>), Group>,
    /// The kinds of failures; those that another program may have written are counted separately.
    pub elsewhere: BTreeMap<(Elsewhere, bool), Group>,
    pub uids: HeavyHitters<String, USERS>,
    /// Where failures were seen.
    pub places: BTreeMap<Place, u64>,
    pub unread: Aside,
    pub foreign: Aside,
    /// Lines that repeat a refusal, which has a line of its own.
    pub repeated: Aside,
    /// Failures without a time, if only those of a period were requested.
    pub untimed: Aside,
    /// The same of those of which the period's times, or they, name no zone.
    pub unplaced: Aside,
    /// Logs with what is no text.
    pub binary: Aside,
    /// Turns clients into numbers.
    clients: RandomState,
}

/// A node or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Node(u64),
    /// Its index.
    File(usize),
}

/// Lines that are counted separately, and the position of the first one.
#[derive(Default)]
pub struct Aside {
    pub count: u64,
    pub first: String,
}

#[derive(Default)]
pub struct Group {
    pub count: u64,
    pub first: Option<When>,
    pub last: Option<When>,
    pub times: Histogram,
    pub places: BTreeMap<Place, u64>,
    /// By a keyed hash: tokens of clients are not kept.
    pub clients: HeavyHitters<u64, CLIENTS>,
    /// The first failure, as it may be printed.
    pub example: String,
}

impl Tally {
    /// `place` is the line's origin; `reveal` shows the tokens of the example.
    pub fn add(
        &mut self,
        failure: &Failure,
        finding: Finding,
        at: Option<When>,
        (place, reveal): (Option<Place>, bool),
    ) {
        self.failures += 1;
        let key = (finding, failure.device_flag);
        let group = self.groups.entry(key).or_default();
        if group.count == 0 {
            group.example = example(failure, reveal);
        }
        group.add(at);
        if let Some(token) = failure.actual.as_deref().filter(|token| !token.is_empty()) {
            group
                .clients
                .add(&self.clients.hash_one((&failure.uid, token)));
        }
        if let Some(place) = place {
            count(&mut group.places, place);
            count(&mut self.places, place);
        }
        if let Some(uid) = &failure.uid {
            self.uids.add(&*show::escaped(uid));
        }
    }

    pub fn add_elsewhere(&mut self, what: Elsewhere, is_possible: bool, at: Option<When>) {
        let group = self.elsewhere.entry((what, is_possible)).or_default();
        group.add(at);
    }

    /// Whether anything is wrong, or could not be read.
    pub fn is_clear(&self) -> bool {
        let mut elsewhere = self.elsewhere.keys();
        let is_ordinary = elsewhere.all(|(what, _)| what.is_ordinary());
        let asides = [
            &self.unread,
            &self.repeated,
            &self.untimed,
            &self.unplaced,
            &self.binary,
        ];
        self.failures == 0 && asides.iter().all(|aside| aside.count == 0) && is_ordinary
    }
}

impl Aside {
    pub fn add(&mut self, place: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = place();
        }
        self.count += 1;
    }
}

fn count(places: &mut BTreeMap<Place, u64>, place: Place) {
    if let Some(count) = places.get_mut(&place) {
        *count += 1;
    } else if places.len() < MAX_PLACES {
        places.insert(place, 1);
    }
}

impl Group {
    fn add(&mut self, at: Option<When>) {
        self.count += 1;
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
            self.times.add(at.at);
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
