//! The port of the business server: one request a connection, in a bounded time.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tracing::debug;
use wukongim_serving::admission::{Admission, WhenFull};
use wukongim_serving::{listener, refusal_kind};

use crate::gateway::Gateway;
use crate::http::{self, Peer};

/// Connections that have not sent their whole request. The next takes the place of the oldest: who
/// says nothing keeps nobody out.
const MAX_WAITING: usize = 256;

/// How long one request may take, from its first byte to the last of the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves for ever.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener) {
    let admission = Admission::new(MAX_WAITING, WhenFull::CloseOldest);
    let router = http::router(gateway);
    loop {
        let (stream, peer) = listener::accept(&listener).await;
        let Some(place) = admission.enter(peer.ip()) else {
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
        tokio::spawn(async move {
            let (label, reason) = tokio::select! {
                served = timeout(REQUEST_TIMEOUT, connection) => match served {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => (kind(&error), error.to_string()),
                    Err(_) => (refusal_kind::SILENT, "no whole request in time".to_owned()),
                },
                () = lost => (refusal_kind::MADE_ROOM, "another needed its place".to_owned()),
            };
            debug!(%peer, label, "no request: {reason}");
        });
    }
}

fn kind(error: &hyper::Error) -> &'static str {
    match error.is_parse() {
        true => refusal_kind::MALFORMED_HTTP,
        false => refusal_kind::GONE,
    }
}
