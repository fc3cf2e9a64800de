//! The HTTP port: upstream's API for the business server, and under `/guard/` a few words of our own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tracing::{debug, warn};
use wukongim_serving::admission::{Admission, WhenFull};
use wukongim_serving::listener;
use wukongim_serving::metrics::{self, Now};

use crate::forward::{Answer, incoming, outgoing, own, refused};
use crate::guard::Guard;
use crate::learn;

/// Connections at the same time. The next takes the place of the oldest of the address that has most.
const MAX_CONNECTIONS: usize = 1024;

/// How long a connection may take to send a request's head, and may be idle before the next.
const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// The longest head of a request.
const MAX_HEAD: usize = 32 * 1024;

/// Serves the business server for ever.
pub async fn serve(guard: Arc<Guard>, listener: TcpListener) {
    let admission = Admission::new(MAX_CONNECTIONS, WhenFull::CloseOldest);
    loop {
        let (stream, address) = listener::accept(&listener).await;
        let _ = stream.set_nodelay(true);
        let Some(place) = admission.enter(address.ip()) else {
            continue;
        };
        let guard = guard.clone();
        let service = service_fn(move |request| {
            let guard = guard.clone();
            async move { Ok::<_, Infallible>(answer(guard, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            let lost = place.lost();
            tokio::select! {
                _ = connection => {}
                () = lost => debug!(%address, "made room for another"),
            }
        });
    }
}

/// Paths that are counted under their own name.
const OF_OUR_OWN: [&str; 3] = ["/guard/health", "/guard/metrics", "/guard/report"];

/// Counts each request by its answer.
async fn answer(guard: Arc<Guard>, request: Request<Incoming>) -> Answer {
    let endpoint = match learn::endpoint(&request) {
        Some(endpoint) => endpoint.path(),
        None => {
            let path = request.uri().path();
            let own = OF_OUR_OWN.iter().find(|own| **own == path);
            own.copied().unwrap_or("other")
        }
    };
    let metrics = guard.metrics.clone();
    let answer = answered(guard, request).await;
    metrics.manager_request(endpoint, answer.status());
    answer
}

async fn answered(guard: Arc<Guard>, request: Request<Incoming>) -> Answer {
    if request.uri().path().starts_with("/guard/") {
        return of_our_own(&guard, &request);
    }
    if let Some(endpoint) = learn::endpoint(&request) {
        return learn::learn(guard, endpoint, request).await;
    }
    match guard.api.send(outgoing(request.map(Either::Left))).await {
        Ok(response) => incoming(response.map(Either::Left)),
        Err(error) => {
            warn!("not forwarded: {error}");
            refused(StatusCode::BAD_GATEWAY, "upstream did not answer")
        }
    }
}

/// `/guard/health`, `/guard/metrics` and `/guard/report`.
fn of_our_own(guard: &Guard, request: &Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/guard/health" if guard.learned.is_ready() => own(
            StatusCode::OK,
            "application/json",
            r#"{"status":"ok"}"#.into(),
        ),
        "/guard/health" => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "upstream's tokens are not known yet",
        ),
        "/guard/metrics" => page(guard),
        "/guard/report" if !guard.api.is_manager(request.headers()) => refused(
            StatusCode::UNAUTHORIZED,
            "the header `token` must hold the manager's token",
        ),
        "/guard/report" => own(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            guard.report.to_string(),
        ),
        _ => refused(StatusCode::NOT_FOUND, "the guard has no such endpoint"),
    }
}

fn page(guard: &Guard) -> Answer {
    let now = Now {
        sessions: guard.sessions.len(),
        unauthenticated: guard.arrivals.admission.taken(),
    };
    match guard.metrics.page(now) {
        Ok(page) => own(StatusCode::OK, metrics::CONTENT_TYPE, page),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "no page can be made"),
    }
}
