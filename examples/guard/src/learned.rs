//! What is known of upstream's tokens, and what is to be asked again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};

/// Users that can wait for being asked about. If there are more, all are.
const MAX_UNSURE: usize = 10_000;

/// Shared by what learns and what waits for it.
pub struct Learned {
    is_ready: watch::Sender<bool>,
    unsure: Mutex<BTreeSet<String>>,
    asks_for_all: AtomicBool,
    more: Notify,
    /// Changes that were made past the guard, since its start.
    pub past: Past,
}

/// What comparisons found.
#[derive(Default)]
pub struct Past {
    pub registered: AtomicU64,
    pub revoked: AtomicU64,
}

/// Whom to ask upstream about.
pub enum Unsure {
    Users(BTreeSet<String>),
    All,
}

impl Default for Learned {
    fn default() -> Self {
        Learned {
            is_ready: watch::Sender::new(false),
            unsure: Mutex::default(),
            asks_for_all: AtomicBool::new(false),
            more: Notify::new(),
            past: Past::default(),
        }
    }
}

impl Learned {
    /// What upstream had at the start is known.
    pub fn ready(&self) {
        self.is_ready.send_replace(true);
    }

    pub fn is_ready(&self) -> bool {
        *self.is_ready.borrow()
    }

    pub async fn wait(&self) {
        let mut is_ready = self.is_ready.subscribe();
        // The sender lives as long as this does.
        let _ = is_ready.wait_for(|is_ready| *is_ready).await;
    }

    /// Upstream may have changed something of this user's, and nobody knows what; of whom, neither.
    pub fn unsure(&self, uid: Option<&str>) {
        let mut unsure = self.unsure.lock().unwrap_or_else(PoisonError::into_inner);
        match uid {
            Some(uid) if unsure.len() < MAX_UNSURE => {
                unsure.insert(uid.to_owned());
            }
            _ => self.asks_for_all.store(true, Ordering::SeqCst),
        }
        drop(unsure);
        self.more.notify_one();
    }

    /// Waits until there is somebody to ask about.
    pub async fn next_unsure(&self) -> Unsure {
        loop {
            if self.asks_for_all.swap(false, Ordering::SeqCst) {
                return Unsure::All;
            }
            let users =
                std::mem::take(&mut *self.unsure.lock().unwrap_or_else(PoisonError::into_inner));
            if !users.is_empty() {
                return Unsure::Users(users);
            }
            self.more.notified().await;
        }
    }
}
