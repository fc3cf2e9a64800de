//! A lookup that is dropped before it is ready.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

/// Polls this many times, unless the lookup is ready earlier.
pub(super) async fn poll_and_drop(polls: u32, future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        for _ in 0..polls {
            if future.as_mut().poll(context).is_ready() {
                break;
            }
        }
        Poll::Ready(())
    })
    .await;
}
