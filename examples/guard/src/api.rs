//! The HTTP port: upstream's API for the business server, and the guard's own endpoints under
//! `/guard/`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::io::InspectReader;
use tracing::warn;
use wukongim_serving::admission::{Admission, Place, WhenFull};
use wukongim_serving::manager_port::{kind, no_request};
use wukongim_serving::metrics::{self, Now};
use wukongim_serving::{listener, refusal_kind};

use crate::endpoint;
use crate::forward::{Answer, incoming, outgoing, own, refused};
use crate::guard::Guard;
use crate::learn;
use crate::limits::MAX_HEAD;

/// The most connections at the same time. The next one replaces the oldest connection of the
/// address that has most of them.
const MAX_CONNECTIONS: usize = 1024;

/// How long a connection may take to send the head of a request, and may be idle between requests.
const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// Serves the business server forever.
pub async fn serve(guard: Arc<Guard>, listener: TcpListener) {
    let admission = Admission::new(MAX_CONNECTIONS, WhenFull::CloseOldest);
    loop {
        let (stream, peer) = listener::accept(&listener).await;
        let _ = stream.set_nodelay(true);
        let Some(place) = admission.enter(peer.ip()) else {
            let label = refusal_kind::OVER_CAPACITY;
            no_request(&guard.metrics, peer, label, "too many connections");
            continue;
        };
        let guard = guard.clone();
        tokio::spawn(serve_one(guard, stream, peer, place));
    }
}

async fn serve_one(guard: Arc<Guard>, stream: TcpStream, peer: SocketAddr, place: Place) {
    // After it is accepted, and after the first byte that follows each answer, a connection owes a
    // request.
    let owes = Arc::new(AtomicBool::new(true));
    let (shared, answered) = (guard.clone(), owes.clone());
    let service = service_fn(move |request| {
        let (guard, owes) = (shared.clone(), answered.clone());
        async move {
            let answer = answer(guard, peer, request).await;
            owes.store(false, Ordering::Relaxed);
            Ok::<_, Infallible>(answer)
        }
    });
    let received = owes.clone();
    let stream = InspectReader::new(stream, move |bytes: &[u8]| {
        received.fetch_or(!bytes.is_empty(), Ordering::Relaxed);
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let (label, reason) = tokio::select! {
        served = connection => match served {
            Ok(()) => return,
            Err(error) => (kind(&error), error.to_string()),
        },
        () = place.lost() => (refusal_kind::MADE_ROOM, "another needed its place".to_owned()),
    };
    // Between two requests, a client may close the connection, or be idle for too long.
    let is_over = matches!(label, refusal_kind::GONE | refusal_kind::SILENT);
    if !is_over || owes.load(Ordering::Relaxed) {
        no_request(&guard.metrics, peer, label, reason);
    }
}

/// Paths that are counted under their own name.
const OF_OUR_OWN: [&str; 3] = ["/guard/health", "/guard/metrics", "/guard/report"];

/// Counts each request by the status of its answer.
async fn answer(guard: Arc<Guard>, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    let endpoint = match endpoint::of(&request) {
        Some(endpoint) => endpoint.path(),
        None => {
            let path = request.uri().path();
            let own = OF_OUR_OWN.iter().find(|own| **own == path);
            own.copied().unwrap_or("other")
        }
    };
    let metrics = guard.metrics.clone();
    let answer = answered(guard, peer, request).await;
    metrics.manager_request(endpoint, answer.status());
    answer
}

async fn answered(guard: Arc<Guard>, peer: SocketAddr, request: Request<Incoming>) -> Answer {
    if request.uri().path().starts_with("/guard/") {
        return of_our_own(&guard, peer, &request);
    }
    if let Some(endpoint) = endpoint::of(&request) {
        return learn::learn(guard, peer, endpoint, request).await;
    }
    let path = request.uri().path().to_owned();
    match guard.api.send(outgoing(request.map(Either::Left))).await {
        Ok(response) => incoming(response.map(Either::Left)),
        Err(error) => {
            warn!(%peer, path, "request answered with 502: {error}");
            refused(StatusCode::BAD_GATEWAY, "upstream did not answer")
        }
    }
}

/// `/guard/health`, `/guard/metrics` and `/guard/report`.
fn of_our_own(guard: &Guard, peer: SocketAddr, request: &Request<Incoming>) -> Answer {
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
        "/guard/report" if !guard.api.is_manager(request.headers()) => {
            let label = refusal_kind::MANAGER_TOKEN_WRONG;
            guard.metrics.manager_refused(label);
            let told = "the header `token` must contain the manager token";
            warn!(%peer, label, "GET /guard/report answered with 401: {told}");
            refused(StatusCode::UNAUTHORIZED, told)
        }
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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::options::Options;

    const ASKED: &[u8] = b"GET /guard/health HTTP/1.1\r\nhost: x\r\n\r\n";

    /// The label for the end of a connection whose client sends this, waits for an answer between
    /// two parts, and then sends nothing. The clock is tokio's paused one, which advances when all
    /// tasks wait.
    async fn silence_after(parts: &[&[u8]]) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = "--upstream-http x:1 --upstream-tcp x:1 --upstream-ws x:1";
        let arguments = ["guard"].into_iter().chain(upstream.split(' '));
        let guard = Arc::new(Guard::open(Options::parse_from(arguments)).unwrap());
        let serving = tokio::spawn(serve(guard.clone(), listener));
        let mut client = TcpStream::connect(address).await.unwrap();
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                assert_ne!(client.read(&mut [0; 1024]).await.unwrap(), 0);
            }
            client.write_all(part).await.unwrap();
        }
        // Until the connection ends, including everything that was answered before.
        let _ = client.read_to_end(&mut Vec::new()).await;
        serving.abort();
        let page = guard.metrics.page(Now::default()).unwrap();
        let mut lines = page.lines();
        let refusal = lines.find_map(|line| line.strip_prefix("wukongim_manager_refusals_total"));
        refusal.map(str::to_owned)
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_is_counted_and_a_pause_between_requests_is_not() {
        let counted = Some(r#"{kind="silent"} 1"#.to_owned());
        assert_eq!(silence_after(&[]).await, counted);
        assert_eq!(silence_after(&[b"GET / HTTP/1.1\r\nho"]).await, counted);
        assert_eq!(silence_after(&[ASKED, b"GET / HT"]).await, counted);
        assert_eq!(silence_after(&[ASKED]).await, None);
        assert_eq!(silence_after(&[ASKED, ASKED]).await, None);
    }
}
