//! What several test files share.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future that never waits, or waits by being polled again.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
