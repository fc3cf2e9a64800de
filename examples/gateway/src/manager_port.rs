//! The port of the business server: one request per connection, within a bounded time.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::timeout;
use wukongim_serving::admission::{Admission, WhenFull};
use wukongim_serving::manager_port::{kind, no_request};
use wukongim_serving::{listener, refusal_kind};

use crate::gateway::Gateway;
use crate::http::{self, Peer};

/// The most connections that have not sent their whole request. The next one replaces the oldest,
/// so silent connections cannot block the port.
const MAX_WAITING: usize = 256;

/// How long one request may take, from its first byte to the last byte of the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves forever.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener) {
    let admission = Admission::new(MAX_WAITING, WhenFull::CloseOldest);
    let metrics = gateway.metrics.clone();
    let router = http::router(gateway);
    loop {
        let (stream, peer) = listener::accept(&listener).await;
        let Some(place) = admission.enter(peer.ip()) else {
            let label = refusal_kind::OVER_CAPACITY;
            no_request(&metrics, peer, label, "too many connections");
            continue;
        };
        let lost = place.lost();
        let service = router
            .clone()
            .layer(Extension(Arc::new(place)))
            .layer(Extension(Peer(peer)));
        let connection = http1::Builder::new()
            .keep_alive(false)
            .timer(TokioTimer::new())
            .max_buf_size(16 * 1024)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let metrics = metrics.clone();
        tokio::spawn(async move {
            let (label, reason) = tokio::select! {
                served = timeout(REQUEST_TIMEOUT, connection) => match served {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => (kind(&error), error.to_string()),
                    Err(_) => (refusal_kind::SILENT, "no whole request in time".to_owned()),
                },
                () = lost => (refusal_kind::MADE_ROOM, "another needed its place".to_owned()),
            };
            no_request(&metrics, peer, label, &reason);
        });
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    use super::*;
    use crate::options::Options;

    /// The clock is tokio's paused one, which advances as soon as all tasks wait.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_does_not_end_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let gateway = Gateway::open(Options::parse_from(["gateway"])).unwrap();
        tokio::spawn(serve(Arc::new(gateway), listener));
        let mut client = TcpStream::connect(address).await.unwrap();
        let begun = b"POST /user/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
        client.write_all(begun).await.unwrap();
        let started = Instant::now();
        let closed = client.read(&mut [0; 64]).await;
        assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
        assert!(started.elapsed() <= Duration::from_secs(60));
    }
}
