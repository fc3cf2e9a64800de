//! What is known of upstream's tokens, and what is to be asked again.

use tokio::sync::watch;

use crate::devices::Row;
use crate::doubts::{Doubt, Doubts};

/// Shared by what learns and what waits for it.
pub struct Learned {
    is_ready: watch::Sender<bool>,
    pub doubts: Doubts,
}

impl Default for Learned {
    fn default() -> Self {
        Learned {
            is_ready: watch::Sender::new(false),
            doubts: Doubts::default(),
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

    /// Upstream has answered, and has something of this user's that nobody knows; of whom, neither.
    pub fn unsure(&self, uid: Option<&str>) {
        self.doubts.add(Doubt::of(uid, false, Vec::new()));
    }

    /// Upstream has not answered. It may have done it, or never do it, or do it late.
    pub fn may_come_late(&self, uid: Option<&str>, wanted: Vec<Row>) {
        self.doubts.add(Doubt::of(uid, true, wanted));
    }
}
