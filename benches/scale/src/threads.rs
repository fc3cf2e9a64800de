//! Two threads at one store compared with one, with and without writes among the reads. A control
//! shows what two threads that share nothing gain on this machine.

use std::hint::black_box;

use serde::{Deserialize, Serialize};
use wukongim_auth::MemoryStore;

use crate::memory::{issue, look_up};
use crate::pair::{Threads, compare};
use crate::starvation::{self, Starvation};
use crate::users::uid;

pub const WITH_WRITES: &str = "99 lookups to 1 write";

/// So few that they are in the processor's caches, and the locks are all there is to wait for.
const FEW: u64 = 1_000;

const USERS: u64 = 1_000_000;
const QUICK: u64 = 20_000;

/// One of this many operations is a write.
const WRITE: u64 = 100;

/// Several threads at one store.
#[derive(Serialize, Deserialize)]
pub struct Together {
    pub two: Vec<Threads>,
    pub starvation: Vec<Starvation>,
}

pub fn run(quick: bool) -> Together {
    let users = if quick { QUICK } else { USERS };
    let store = store_of(users);
    Together {
        two: both(&store, users),
        starvation: starvation::run(&store, users, quick),
    }
}

fn store_of(users: u64) -> MemoryStore {
    let store = MemoryStore::new();
    for user in 0..users {
        issue(&store, user);
    }
    store
}

fn both(store: &MemoryStore, users: u64) -> Vec<Threads> {
    let control = |user| {
        black_box(uid(user));
    };
    let mut all = Vec::from(two(store, users));
    all.extend(two(&store_of(FEW), FEW));
    all.push(compare(
        "control: making uids, nothing shared",
        users,
        || control,
    ));
    all
}

fn two(store: &MemoryStore, users: u64) -> [Threads; 2] {
    let read = |user| {
        black_box(look_up(store, user));
    };
    let mixed = || {
        let mut turn = 0;
        move |user| {
            turn += 1;
            if turn % WRITE == 0 {
                issue(store, user);
            } else {
                read(user);
            }
        }
    };
    let named = |what: &str| format!("{what}, {users} users");
    [
        compare(&named("lookups"), users, || read),
        compare(&named(WITH_WRITES), users, mixed),
    ]
}
