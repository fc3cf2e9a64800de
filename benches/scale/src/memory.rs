//! The embedded store with many users: the memory for each, and the cost of a lookup.

use std::hint::black_box;
use std::process::Command;
use std::{env, fs};

use serde::{Deserialize, Serialize};
use wukongim_auth::{MemoryStore, TokenRecord, TokenStore};

use crate::allocations;
use crate::clock::timed;
use crate::users::{FLAG, record, text, token, uid};
use crate::walk::Walk;

const USERS: [u64; 4] = [1_000, 100_000, 1_000_000, 10_000_000];
const QUICK: [u64; 2] = [1_000, 20_000];

const ROUNDS: usize = 51;

/// Lookups between two readings of the clock.
const BATCH: u64 = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    Plain,
    Digest,
}

#[derive(Serialize, Deserialize)]
pub struct AtSize {
    pub form: Form,
    pub users: u64,
    /// According to the allocator.
    pub bytes: f64,
    /// According to the system.
    pub resident: f64,
    /// In nanoseconds, if each lookup waits for the previous one.
    pub serialised: f64,
    /// And if they overlap.
    pub overlapping: f64,
}

/// Measures each size in its own process, because memory that another size left behind would count.
pub fn run(quick: bool) -> Vec<AtSize> {
    let sizes = if quick { &QUICK[..] } else { &USERS[..] };
    let all = sizes
        .iter()
        .flat_map(|users| [(Form::Plain, *users), (Form::Digest, *users)]);
    all.map(|(form, users)| in_a_process(form, users)).collect()
}

fn in_a_process(form: Form, users: u64) -> AtSize {
    eprintln!("  {users} users, {form:?}");
    let size = serde_json::to_string(&(form, users)).expect("a pair");
    let program = env::current_exe().expect("a path");
    let output = Command::new(program).args(["--one-size", &size]).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("its figures")
}

pub fn print_one_size(size: &str) {
    let (form, users) = serde_json::from_str(size).expect("a pair");
    let figures = at_size(form, users);
    println!("{}", serde_json::to_string(&figures).expect("figures"));
}

fn at_size(form: Form, users: u64) -> AtSize {
    let before = resident();
    let mut store = None;
    let (_, held) = allocations::count(|| store = Some(filled(form, users)));
    let store = store.expect("it was filled");
    let resident = resident() - before;
    let (mut one, mut other) = (Walk::among(users, 1), Walk::among(users, 2));
    let serialised = || {
        let user = one.next();
        one.wait_for(look_up(&store, user));
    };
    let serialised = median_ns(serialised);
    let overlapping = median_ns(|| {
        black_box(look_up(&store, other.next()));
    });
    AtSize {
        form,
        users,
        bytes: held as f64 / users as f64,
        resident: resident as f64 / users as f64,
        serialised,
        overlapping,
    }
}

fn filled(form: Form, users: u64) -> MemoryStore {
    let store = MemoryStore::new();
    for user in 0..users {
        let record: TokenRecord = record(text(&token(user)));
        let record = match form {
            Form::Plain => record,
            Form::Digest => record.into_digest_only(),
        };
        store.insert(text(&uid(user)), FLAG, record);
    }
    store
}

/// Includes creating the uid. Returns a value that the next lookup can depend on.
#[inline]
pub fn look_up(store: &MemoryStore, user: u64) -> u8 {
    let uid = uid(user);
    let found = store.get(text(black_box(&uid)), FLAG).expect("infallible");
    let record = found.expect("every user is registered");
    record.device_level().into()
}

/// A new token, as the business server issues one.
pub fn issue(store: &MemoryStore, user: u64) {
    store.insert(text(&uid(user)), FLAG, record(text(&token(user))));
}

/// Of the thread's processor time.
pub fn median_ns(mut work: impl FnMut()) -> f64 {
    let mut round = || {
        let took = timed(|| (0..BATCH).for_each(|_| work()));
        took.as_nanos() as f64 / BATCH as f64
    };
    round();
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// Bytes of this process in memory.
fn resident() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").expect("a system with /proc");
    let resident = pages.split(' ').nth(1).and_then(|text| text.parse().ok());
    let pages: i64 = resident.expect("the second number");
    pages * rustix::param::page_size() as i64
}
