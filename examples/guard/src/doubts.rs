//! The users that upstream must be asked about, and when: immediately, and if a change may come
//! late, again at growing intervals until it is there. A server that was slow, or whose cluster
//! was, may make a change long after the caller was told that it failed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::devices::Row;

/// The most users that can wait to be asked about. If there are more, all users are asked about.
const MAX: usize = 10_000;

/// The most rows that are awaited for one user.
const MAX_WANTED: usize = 16;

/// How many times upstream is asked about a change that may come late: for some minutes. If all
/// users must be asked about, fewer times, because that takes long, and the next comparison finds
/// the change anyway.
const ASKS: u32 = 12;
const ASKS_FOR_ALL: u32 = 4;

/// The pause between two attempts: the first one, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A doubt about one user, or about all.
pub struct Doubt {
    pub uid: Option<String>,
    /// Whether a change may still come.
    is_late: bool,
    /// The awaited rows: each of them is there once its change has arrived.
    pub wanted: Vec<Row>,
    tries: u32,
    answers: u32,
    due: Instant,
}

#[derive(Default)]
pub struct Doubts {
    waiting: Mutex<BTreeMap<Option<String>, Doubt>>,
    more: Notify,
}

impl Doubt {
    pub fn of(uid: Option<&str>, is_late: bool, wanted: Vec<Row>) -> Self {
        Doubt {
            uid: uid.map(str::to_owned),
            is_late,
            wanted,
            tries: 0,
            answers: 0,
            due: Instant::now(),
        }
    }

    /// Notes that upstream has answered. Returns whether to ask it again, which is not needed if
    /// all awaited changes have been seen to arrive.
    pub fn answered(&mut self, has_come: bool) -> bool {
        self.answers += 1;
        let most = match (self.is_late, &self.uid) {
            (false, _) => 1,
            (true, Some(_)) => ASKS,
            (true, None) => ASKS_FOR_ALL,
        };
        !has_come && self.answers < most
    }

    fn take_over(&mut self, other: Doubt) {
        self.is_late |= other.is_late;
        self.wanted.extend(other.wanted);
        let too_many = self.wanted.len().saturating_sub(MAX_WANTED);
        self.wanted.drain(..too_many);
    }
}

impl Doubts {
    pub fn add(&self, mut doubt: Doubt) {
        let mut waiting = self.lock();
        let is_known = waiting.contains_key(&doubt.uid);
        if !is_known && waiting.len() >= MAX {
            (doubt.uid, doubt.wanted) = (None, Vec::new());
        }
        // Asking begins anew, and what was awaited before is kept.
        if let Some(mut before) = waiting.remove(&doubt.uid) {
            before.take_over(doubt);
            doubt = Doubt {
                tries: 0,
                answers: 0,
                due: Instant::now(),
                ..before
            };
        }
        waiting.insert(doubt.uid.clone(), doubt);
        drop(waiting);
        self.more.notify_one();
    }

    /// Puts it back, to be asked again after a growing pause.
    pub fn again(&self, mut doubt: Doubt) {
        let pause = PAUSE * 2_u32.saturating_pow(doubt.tries.min(16));
        doubt.tries += 1;
        doubt.due = Instant::now() + pause.min(LONGEST_PAUSE);
        let mut waiting = self.lock();
        match waiting.get_mut(&doubt.uid) {
            Some(newer) => newer.take_over(doubt),
            None => {
                waiting.insert(doubt.uid.clone(), doubt);
            }
        }
    }

    /// Waits for the next one that is due, and takes it.
    pub async fn next(&self) -> Doubt {
        loop {
            let due = match self.take_due() {
                Ok(doubt) => return doubt,
                Err(due) => due,
            };
            tokio::select! {
                () = self.more.notified() => {}
                () = until(due) => {}
            }
        }
    }

    /// When the next one is due, if none is now.
    fn take_due(&self) -> Result<Doubt, Option<Instant>> {
        let mut waiting = self.lock();
        let first = waiting.values().min_by_key(|doubt| doubt.due);
        let Some((uid, due)) = first.map(|doubt| (doubt.uid.clone(), doubt.due)) else {
            return Err(None);
        };
        match due <= Instant::now() {
            true => waiting.remove(&uid).ok_or(None),
            false => Err(Some(due)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Option<String>, Doubt>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(uid: &str) -> Doubt {
        Doubt::of(Some(uid), true, Vec::new())
    }

    /// The seconds at which upstream is asked about one user.
    async fn pauses(doubts: &Doubts) -> Vec<u64> {
        let mut pauses = Vec::new();
        loop {
            let before = Instant::now();
            let mut doubt = doubts.next().await;
            pauses.push(before.elapsed().as_secs());
            if !doubt.answered(false) {
                return pauses;
            }
            doubts.again(doubt);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_come_late_is_asked_for_at_growing_intervals() {
        let doubts = Doubts::default();
        doubts.add(late("alice"));
        let expected = [0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30];
        assert_eq!(pauses(&doubts).await, expected);
        doubts.add(Doubt::of(None, true, Vec::new()));
        assert_eq!(pauses(&doubts).await, [0, 1, 2, 4]);
        doubts.add(Doubt::of(Some("alice"), false, Vec::new()));
        assert_eq!(pauses(&doubts).await, [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_is_not_asked_for_again() {
        let doubts = Doubts::default();
        doubts.add(late("alice"));
        assert!(!doubts.next().await.answered(true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_doubt_begins_anew_and_forgets_no_other() {
        let doubts = Doubts::default();
        doubts.add(late("alice"));
        let mut doubt = doubts.next().await;
        assert!(doubt.answered(false));
        doubts.again(doubt);
        doubts.add(Doubt::of(Some("alice"), false, Vec::new()));
        let expected = [0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30];
        assert_eq!(pauses(&doubts).await, expected, "still late");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_becomes_one_question_about_all() {
        let doubts = Doubts::default();
        for user in 0..MAX + 10 {
            doubts.add(late(&format!("user{user}")));
        }
        assert_eq!(doubts.lock().len(), MAX + 1);
        assert!(doubts.lock().contains_key(&None));
    }
}
