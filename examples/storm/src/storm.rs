//! All clients: there are as many workers as connections, and each takes the next number when it
//! has finished the previous one.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::handshake::{Outcome, attempt};
use crate::options::Options;
use crate::plan;
use crate::tally::{Report, Tally, bar};

/// How long a client waits before it retries: between this and twice as much, then between twice
/// that and so on, up to five times. Random, so that clients do not retry in step.
const PAUSE: Duration = Duration::from_millis(50);

struct Storm {
    options: Options,
    began: Instant,
    next: AtomicU64,
    tally: Mutex<Tally>,
    bar: ProgressBar,
}

/// Runs until all clients are done, or the time is over.
pub async fn run(options: Options) -> Report {
    let workers = options.at_once.min(options.count);
    let storm = Arc::new(Storm {
        began: Instant::now(),
        next: AtomicU64::new(0),
        tally: Mutex::new(Tally::new()),
        bar: bar(options.count, "handshakes"),
        options,
    });
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let storm = storm.clone();
        tasks.spawn(async move { storm.work().await });
    }
    tasks.join_all().await;
    storm.bar.finish_and_clear();
    let took = storm.began.elapsed();
    storm.tally().report(&storm.options, took)
}

impl Storm {
    async fn work(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.options.count || self.is_over() {
                return;
            }
            let due = self.due(number);
            sleep_until(due).await;
            self.serve(number, due).await;
            self.bar.inc(1);
        }
    }

    /// When this client connects. With a rate, its time counts from when it was due, even if its
    /// worker was late: otherwise, a gateway that stalls would look better than it is.
    fn due(&self, number: u64) -> Instant {
        match self.options.rate {
            Some(rate) => self.began + Duration::from_secs(1).mul_f64(number as f64 / rate as f64),
            None => Instant::now(),
        }
    }

    /// Retries until this client has its answer, or gives up.
    async fn serve(&self, number: u64, due: Instant) {
        let client = plan::client(&self.options, number);
        for pause in 0.. {
            let outcome = attempt(&self.options, &client, number).await;
            let is_answer = matches!(outcome, Outcome::Success | Outcome::Refused(_));
            self.tally().count(&outcome, &client, due.elapsed());
            if is_answer {
                return;
            }
            if !self.options.retry || self.is_over() {
                self.tally().give_up();
                return;
            }
            sleep(pause_before(pause)).await;
        }
    }

    fn is_over(&self) -> bool {
        self.began.elapsed() > self.options.within
    }

    /// The counts stay valid even if a thread panicked.
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pause_before(attempt: u32) -> Duration {
    let base = PAUSE * (1 << attempt.min(5));
    let chance = RandomState::new().hash_one(attempt) % 1_000;
    base + base.mul_f64(chance as f64 / 1_000.0)
}
