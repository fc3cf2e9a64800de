//! Processor time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time that this thread spends in `work`.
pub fn timed(work: impl FnOnce()) -> Duration {
    let before = thread_time();
    work();
    thread_time() - before
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
