//! Whether the machine's clock was set meanwhile. Gateways end tokens by that clock, the model counts
//! on one that nobody sets; when they part (a machine that slept, a clock that was corrected), what is
//! seen of expiry says nothing about the gateways.

use std::time::{Duration, Instant, SystemTime};

/// Less than the model allows at either side of a token's end.
const STEP: Duration = Duration::from_millis(500);

pub struct Clock {
    instant: Instant,
    system: SystemTime,
}

impl Clock {
    pub fn now() -> Self {
        Clock {
            instant: Instant::now(),
            system: SystemTime::now(),
        }
    }

    /// By how much it was set since the last call, if it was.
    pub fn was_set(&mut self) -> Option<String> {
        let since = std::mem::replace(self, Clock::now());
        let passed = self.instant - since.instant;
        let shown = since.system + passed;
        match self.system.duration_since(shown) {
            Ok(ahead) if ahead > STEP => Some(format!("{ahead:?} ahead")),
            Err(behind) if behind.duration() > STEP => {
                Some(format!("{:?} back", behind.duration()))
            }
            _ => None,
        }
    }
}
