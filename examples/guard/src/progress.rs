//! Bodies in transit: they may take as long as they keep moving.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, timeout};

use crate::server::Body;

/// How long a body may pause.
const NEXT_WITHIN: Duration = Duration::from_secs(10);

/// The time of the last progress.
#[derive(Clone)]
pub struct Progress(Arc<Mutex<Instant>>);

/// A body that is being sent to upstream.
pub struct Tracked {
    body: Body,
    progress: Progress,
}

/// Why a body is incomplete.
#[derive(Debug)]
pub enum Broken {
    TooLong,
    Off,
    Slow,
}

impl Default for Progress {
    fn default() -> Self {
        Progress(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Progress {
    pub fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moves(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl Tracked {
    pub fn new(body: Body, progress: Progress) -> Self {
        Tracked { body, progress }
    }
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    /// Called only if upstream has room for more, and at the end: the last byte counts as progress,
    /// too.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = Pin::new(&mut self.body).poll_frame(cx);
        if next.is_ready() {
            self.progress.moves();
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Collects a whole body, if it is not longer than this.
///
/// # Errors
/// If it is longer, or incomplete.
pub async fn collect(mut body: Incoming, max: usize) -> Result<Bytes, Broken> {
    let mut bytes = BytesMut::new();
    loop {
        let frame = timeout(NEXT_WITHIN, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Broken::Slow)? else {
            return Ok(bytes.freeze());
        };
        // Trailers are not part of it.
        if let Ok(data) = frame.map_err(|_| Broken::Off)?.into_data() {
            if data.len() > max - bytes.len() {
                return Err(Broken::TooLong);
            }
            bytes.extend_from_slice(&data);
        }
    }
}
