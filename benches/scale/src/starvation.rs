//! A writer among readers that never pause: its longest wait. There are more threads than cores
//! here, so the system makes the writer wait, too: the control shows how long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wukongim_auth::MemoryStore;

use crate::latency::{Latency, Micros};
use crate::memory::{issue, look_up};
use crate::walk::Walk;

const READERS: u64 = 2;

#[derive(Serialize, Deserialize)]
pub struct Starvation {
    pub name: String,
    pub reads_per_second: f64,
    pub writes_per_second: f64,
    /// How long a write took, including the wait for the lock.
    pub write: Micros,
}

pub fn run(store: &MemoryStore, users: u64, quick: bool) -> Vec<Starvation> {
    let time = Duration::from_millis(if quick { 200 } else { 10_000 });
    let other = MemoryStore::new();
    issue(&other, 0);
    let control = "control: the readers are at another store";
    vec![
        among_readers(control, time, &other, store, 1),
        among_readers("readers and writer at all users", time, store, store, users),
        among_readers("all at one and the same user", time, store, store, 1),
    ]
}

/// Two readers at `read`, a writer at `written`, each at so many users.
fn among_readers(
    name: &str,
    time: Duration,
    read: &MemoryStore,
    written: &MemoryStore,
    users: u64,
) -> Starvation {
    let (over, reads, mut latency) = (AtomicBool::new(false), AtomicU64::new(0), Latency::new());
    thread::scope(|scope| {
        for reader in 0..READERS {
            let mut walk = Walk::among(users, reader);
            let (over, reads) = (&over, &reads);
            scope.spawn(move || {
                let mut done = 0;
                while !over.load(Relaxed) {
                    let user = walk.next();
                    walk.wait_for(look_up(read, user));
                    done += 1;
                }
                reads.fetch_add(done, Relaxed);
            });
        }
        let (started, mut walk) = (Instant::now(), Walk::among(users, READERS));
        while started.elapsed() < time {
            latency.of(|| issue(written, walk.next()));
        }
        over.store(true, Relaxed);
    });
    Starvation {
        name: name.into(),
        reads_per_second: reads.load(Relaxed) as f64 / time.as_secs_f64(),
        writes_per_second: latency.count() as f64 / time.as_secs_f64(),
        write: latency.micros(),
    }
}
