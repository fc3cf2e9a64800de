//! Whether upstream's tokens are known, and the users that must be asked about again.

use tokio::sync::watch;

use crate::devices::Row;
use crate::doubts::{Doubt, Doubts};

/// Shared by the code that learns and the code that waits for it.
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
    /// Notes that what upstream had at the start is known.
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

    /// Upstream has answered, but what it has for this user is not known. `None`: the user is not
    /// known either.
    pub fn unsure(&self, uid: Option<&str>) {
        self.doubts.add(Doubt::of(uid, false, Vec::new()));
    }

    /// Upstream has not answered. It may have made the change, make it later, or never make it.
    pub fn may_come_late(&self, uid: Option<&str>, wanted: Vec<Row>) {
        self.doubts.add(Doubt::of(uid, true, wanted));
    }
}
