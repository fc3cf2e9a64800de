//! Clients that read nothing. The clock is tokio's paused one, which advances as soon as all tasks
//! wait.

use std::future::pending;

use tokio::time::Instant;

use super::*;

/// A peer that reads nothing.
struct Stalled;

impl Connection for Stalled {
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        pending().await
    }

    async fn send(&mut self, _: Protocol, _: Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        pending().await
    }

    async fn close(self) {}
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_not_waited_for() {
    let started = Instant::now();
    let written = send_now(&mut Stalled, Protocol::Wkproto, vec![0]).await;
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(started.elapsed() <= Duration::from_secs(30));
}
