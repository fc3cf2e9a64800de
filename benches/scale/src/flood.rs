//! Uids chosen so that they collide: in a table with known hashes, they make lookups slow; in one
//! with a random key, they are like any others.

use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::hint::black_box;

use serde::{Deserialize, Serialize};
use wukongim_auth::{MemoryStore, TokenStore};

use crate::clock::timed;
use crate::memory::median_ns;
use crate::typical::TOKEN;
use crate::users::{FLAG, Text, record, text, uid};
use crate::walk::Walk;

/// SipHash with a key of zeros, which anybody can compute.
type Known = BuildHasherDefault<DefaultHasher>;

/// ahash with seeds that anybody can read here.
fn known_ahash() -> ahash::RandomState {
    ahash::RandomState::with_seeds(1, 2, 3, 4)
}

/// Uids that an attacker registers.
const UIDS: usize = 2048;
const QUICK: usize = 512;

/// The number of stores that the uids are registered in, one after the other; the median counts.
const STORES: usize = 21;

#[derive(Serialize, Deserialize)]
pub struct Flood {
    pub uids: usize,
    /// How many hashes it took to find them.
    pub tried: u64,
    pub rows: Vec<Hashing>,
}

/// A lookup among them, and a registration, in nanoseconds.
#[derive(Serialize, Deserialize)]
pub struct Hashing {
    pub name: String,
    pub look_up_ordinary: f64,
    pub look_up_chosen: f64,
    pub register_ordinary: f64,
    pub register_chosen: f64,
}

pub fn run(quick: bool) -> Flood {
    let uids = if quick { QUICK } else { UIDS };
    let ordinary: Vec<Text> = (0..uids as u64).map(uid).collect();
    let (chosen, tried) = colliding(&Known::default(), uids);
    let sip = (&ordinary[..], &chosen[..]);
    let (chosen, _) = colliding(&known_ahash(), uids);
    let ahash = (&ordinary[..], &chosen[..]);
    Flood {
        uids,
        tried,
        rows: vec![
            hashing("a random key, the default", RandomState::new, sip),
            hashing("control: a known key", Known::default, sip),
            hashing("ahash, random seeds", ahash::RandomState::new, ahash),
            hashing("control: ahash, known seeds", known_ahash, ahash),
        ],
    }
}

/// Uids whose search begins at one position of one table, with a known hasher.
fn colliding(known: &impl BuildHasher, wanted: usize) -> (Vec<Text>, u64) {
    // The size of a table for this many, with an eighth of it free.
    let places = (wanted * 8 / 7).next_power_of_two() as u64;
    let collides = |uid: &Text| {
        let mut hasher = known.build_hasher();
        hasher.write(uid);
        let hash = hasher.finish();
        // The last of the store's 64 shards, and the first position of its table.
        hash >> 42 & 63 == 63 && hash & (places - 1) == 0
    };
    let (mut found, mut tried) = (Vec::with_capacity(wanted), 0);
    while found.len() < wanted {
        let uid = uid(u64::MAX / 2 + tried);
        if collides(&uid) {
            found.push(uid);
        }
        tried += 1;
    }
    (found, tried)
}

fn hashing<S: BuildHasher>(
    name: &str,
    hasher: impl Fn() -> S,
    (ordinary, chosen): (&[Text], &[Text]),
) -> Hashing {
    let register = |uids: &[Text]| {
        let mut all: Vec<f64> = (0..STORES).map(|_| registered(hasher(), uids).1).collect();
        all.sort_by(f64::total_cmp);
        all[STORES / 2]
    };
    let look_up = |uids: &[Text]| looked_up(&registered(hasher(), uids).0, uids);
    Hashing {
        name: name.into(),
        look_up_ordinary: look_up(ordinary),
        look_up_chosen: look_up(chosen),
        register_ordinary: register(ordinary),
        register_chosen: register(chosen),
    }
}

/// A new store with these uids, and the time for each.
fn registered<S: BuildHasher>(hasher: S, uids: &[Text]) -> (MemoryStore<S>, f64) {
    let store = MemoryStore::with_hasher(hasher);
    let took = timed(|| {
        for uid in uids {
            store.insert(text(uid), FLAG, record(TOKEN));
        }
    });
    (store, took.as_nanos() as f64 / uids.len() as f64)
}

fn looked_up<S: BuildHasher>(store: &MemoryStore<S>, uids: &[Text]) -> f64 {
    let mut walk = Walk::among(uids.len() as u64, 1);
    median_ns(|| {
        let uid = &uids[walk.next() as usize];
        let found = store.get(text(black_box(uid)), FLAG);
        assert!(black_box(found.expect("infallible")).is_some());
    })
}
