//! Relays both directions byte for byte, without reading the content. What one side does not read
//! is not read from the other side either, so at most one chunk in each direction is buffered.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::pin;
use tokio::sync::Notify;
use tokio::time::timeout;
use wukongim_serving::sessions::Farewell;

/// The most bytes read at a time. A silent connection holds no buffer.
const CHUNK: usize = 16 * 1024;

/// How long one direction may be silent after the other has ended.
const HALF_CLOSED: Duration = Duration::from_secs(60);

/// How long upstream has, after a revocation, to send its own DISCONNECT to the client. Nothing
/// that the client sends is forwarded by then.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The bytes that the client and upstream have sent each other, in each direction.
#[derive(Debug, Default)]
pub struct Relayed {
    pub to_upstream: AtomicU64,
    pub to_client: AtomicU64,
}

impl Relayed {
    /// To upstream, and to the client.
    pub fn add(&self, [to_upstream, to_client]: [usize; 2]) {
        self.to_upstream
            .fetch_add(to_upstream as u64, Ordering::Relaxed);
        self.to_client
            .fetch_add(to_client as u64, Ordering::Relaxed);
    }

    pub fn counts(&self) -> [u64; 2] {
        [&self.to_upstream, &self.to_client].map(|count| count.load(Ordering::Relaxed))
    }
}

/// On which end a direction broke.
enum Broken {
    Reading(io::Error),
    Writing,
}

/// Relays until both sides are done, one is gone, or the order to end arrives. A side that has
/// closed its sending direction may still read.
///
/// After a kick, nothing more is read from the client, but what upstream sends still reaches it,
/// including upstream's own DISCONNECT. This direction continues where it is: bytes that were read
/// from upstream and not written would be missing in the middle of a frame.
///
/// # Errors
/// The order to end; within it, errors of the side that broke off.
pub async fn relay(
    client: &mut TcpStream,
    upstream: &mut TcpStream,
    relayed: &Relayed,
    order: impl Future<Output = Farewell>,
) -> Result<io::Result<()>, Farewell> {
    let (from_client, to_client) = client.split();
    let (from_upstream, to_upstream) = upstream.split();
    let is_over = Notify::new();
    let up = async {
        tokio::select! {
            biased;
            () = is_over.notified() => Ok(()),
            ended = copy(from_client, to_upstream, &relayed.to_upstream) => ended,
        }
    };
    let down = copy(from_upstream, to_client, &relayed.to_client);
    let both = async {
        pin!(up, down);
        tokio::select! {
            ended = &mut up => {
                outcome(ended)?;
                last(down, &relayed.to_client).await
            }
            ended = &mut down => {
                outcome(ended)?;
                last(up, &relayed.to_upstream).await
            }
        }
    };
    pin!(both, order);
    tokio::select! {
        biased;
        farewell = &mut order => {
            is_over.notify_one();
            if let Farewell::Kick(_) = farewell {
                let _ = timeout(LAST_WORDS, &mut both).await;
            }
            Err(farewell)
        }
        ended = &mut both => Ok(ended),
    }
}

/// Relays the remaining direction, as long as there is progress.
async fn last(
    direction: impl Future<Output = Result<(), Broken>>,
    count: &AtomicU64,
) -> io::Result<()> {
    pin!(direction);
    loop {
        let before = count.load(Ordering::Relaxed);
        match timeout(HALF_CLOSED, &mut direction).await {
            Ok(ended) => return outcome(ended),
            Err(_) if count.load(Ordering::Relaxed) > before => {}
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// A peer that cannot be written to may still have sent something that must be read.
fn outcome(ended: Result<(), Broken>) -> io::Result<()> {
    match ended {
        Ok(()) | Err(Broken::Writing) => Ok(()),
        Err(Broken::Reading(error)) => Err(error),
    }
}

async fn copy(from: ReadHalf<'_>, mut to: WriteHalf<'_>, count: &AtomicU64) -> Result<(), Broken> {
    loop {
        from.readable().await.map_err(Broken::Reading)?;
        let mut chunk = Vec::with_capacity(CHUNK);
        match from.try_read_buf(&mut chunk) {
            Ok(0) => break,
            Ok(len) => {
                to.write_all(&chunk).await.map_err(|_| Broken::Writing)?;
                count.fetch_add(len as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(Broken::Reading(error)),
        }
    }
    to.shutdown().await.map_err(|_| Broken::Writing)
}
