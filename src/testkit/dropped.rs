//! A lookup that nobody waits for any more.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

/// Polls this often, unless it is ready earlier.
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
