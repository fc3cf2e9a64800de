//! What one thread gets done, and two at the same time, by the clock on the wall.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::walk::Walk;

const SLICE: Duration = Duration::from_millis(60);
const ROUNDS: usize = 15;

/// Between two looks at the clock.
const BATCH: u64 = 512;

/// Operations a second by one thread and by two at the same time.
#[derive(Serialize, Deserialize)]
pub struct Threads {
    pub name: String,
    pub one: f64,
    pub two: f64,
    pub ratio: f64,
}

/// `worker` makes what a thread does with one user after the other, until its time is over.
pub fn compare<W: FnMut(u64)>(name: &str, users: u64, worker: impl Fn() -> W + Sync) -> Threads {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS as u64 {
        let one = throughput(1, round, users, &worker);
        let two = throughput(2, round, users, &worker);
        rounds.push((one, two, two / one));
    }
    let median = |of: fn(&(f64, f64, f64)) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Threads {
        name: name.into(),
        one: median(|round| round.0),
        two: median(|round| round.1),
        ratio: median(|round| round.2),
    }
}

fn throughput<W: FnMut(u64)>(
    threads: u64,
    round: u64,
    users: u64,
    worker: &(impl Fn() -> W + Sync),
) -> f64 {
    let start = Barrier::new(threads as usize);
    thread::scope(|scope| {
        let start = &start;
        let run = |thread| {
            let walk = Walk::among(users, round * 16 + thread);
            move || {
                let work = worker();
                start.wait();
                rate(walk, work)
            }
        };
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(run(thread)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .sum()
    })
}

fn rate(mut walk: Walk, mut work: impl FnMut(u64)) -> f64 {
    let (started, mut done) = (Instant::now(), 0);
    loop {
        for _ in 0..BATCH {
            work(walk.next());
        }
        done += BATCH;
        let took = started.elapsed();
        if took >= SLICE {
            return done as f64 / took.as_secs_f64();
        }
    }
}
