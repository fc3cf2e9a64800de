//! Lookups among ever more users, in random order. `cargo bench -p wukongim-auth-benches --bench store`; for 10 million,
//! which need 4 GB of memory, `STORE_USERS=10000000 cargo bench -p wukongim-auth-benches --bench store -- as_many_as_asked`.

mod scattered;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod typical;

use std::env;

use divan::{Bencher, black_box};
use scattered::{Crowd, random_uids};
use typical::finish;
use wukongim_auth::{DeviceFlag, TokenStore};

const ASKED: &str = "STORE_USERS";
const USERS: [usize; 3] = [1_000, 100_000, 1_000_000];

#[divan::bench(args = USERS)]
fn look_up(bencher: Bencher<'_, '_>, users: usize) {
    run(bencher, users);
}

#[divan::bench(ignore = env::var_os(ASKED).is_none())]
fn as_many_as_asked(bencher: Bencher<'_, '_>) {
    let users = env::var(ASKED).ok().and_then(|users| users.parse().ok());
    run(bencher, users.expect("a number"));
}

/// A uid that no user has: the cost of an unknown one.
#[divan::bench(args = USERS)]
fn look_up_a_stranger(bencher: Bencher<'_, '_>, users: usize) {
    let crowd = Crowd::of(users);
    let uids: Vec<String> = random_uids(users)
        .map(|uid| uid.replacen('0', "x", 1))
        .collect();
    let mut uids = uids.iter().cycle();
    bencher.bench_local(|| {
        let uid = black_box(uids.next().unwrap());
        let found = crowd.store.get(uid, DeviceFlag::Web).unwrap();
        assert!(found.is_none());
        finish(found);
    });
}

fn run(bencher: Bencher<'_, '_>, users: usize) {
    let crowd = Crowd::of(users);
    let mut uids = crowd.uids.iter().cycle();
    bencher.bench_local(|| {
        let uid = black_box(uids.next().unwrap());
        let found = crowd.store.get(uid, DeviceFlag::Web).unwrap();
        assert!(found.is_some());
        finish(found);
    });
}

/// Samples are long enough to hide a cold start and the timer.
const SAMPLE_SIZE: u32 = 65_536;

fn main() {
    divan::Divan::default()
        .sample_size(SAMPLE_SIZE)
        .config_with_args()
        .main();
}
