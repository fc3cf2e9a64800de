//! JavaScript SDKs and EasySDKs: a WebSocket on either side, and between them the frames unchanged.
//!
//! The client gets its response before upstream is contacted, because only its CONNECT says who it
//! is. Upstream then receives the client's own request to upgrade, with the same key, path and
//! headers, so every later frame can be forwarded with its mask, kind, fragments, pings and close
//! codes. Only extensions are left out, and all subprotocols except the one that the client was
//! told: at that time it is not known what upstream would select, so upstream is only offered
//! something that it can take or ignore.

use std::io;
use std::sync::Arc;

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use wukongim_auth::diagnosis::Transport;
use wukongim_serving::arrival::Arrival;
use wukongim_serving::peer_text::PeerText;
use wukongim_serving::preauth_limit::MAX_BYTES;
use wukongim_serving::shutdown::StopListener;
use wukongim_serving::{linger, no_websocket, plain_http, refusal_kind};

use crate::connection;
use crate::guard::{Guard, Mode};
use crate::opening::Unread;
use crate::passage::{Lifetime, Passage};
use crate::upgrade::{self, Upgrade};
use crate::ws_opening::WsOpening;

/// The most bytes read at a time.
const CHUNK: usize = 4 * 1024;

/// Serves one connection to its end.
pub async fn serve(guard: Arc<Guard>, mut stream: TcpStream, arrival: Arrival) {
    let _ = stream.set_nodelay(true);
    if guard.must_wait() {
        return connection::too_early(&guard, stream, arrival).await;
    }
    let mut head = Vec::new();
    let mut stop = guard.stop.listen();
    let read = read_head(&mut stream, &mut head, &guard.ws_protocols);
    let read = tokio::select! {
        read = timeout_at(arrival.deadline, read) => read,
        // There is no WebSocket yet that could be closed properly.
        () = stop.begun() => return,
    };
    let upgrade = match read {
        Ok(Ok(upgrade)) => upgrade,
        Ok(Err(error)) => {
            let kind = match error.kind() {
                _ if upgrade::is_whole(&head) => refusal_kind::PLAIN_HTTP,
                io::ErrorKind::UnexpectedEof => refusal_kind::GONE,
                io::ErrorKind::FileTooLarge => refusal_kind::TOO_LARGE,
                _ => no_websocket::kind(&head),
            };
            return no_websocket(&guard, stream, head, (arrival, stop), (kind, &error)).await;
        }
        Err(_) => {
            let why = io::Error::other("no WebSocket in time");
            let why = (refusal_kind::SILENT, &why);
            return no_websocket(&guard, stream, head, (arrival, stop), why).await;
        }
    };
    match timeout_at(arrival.deadline, stream.write_all(&upgrade.response)).await {
        Ok(Ok(())) => {}
        _ => {
            let reason = "gone before its WebSocket";
            let arrivals = &guard.arrivals;
            return arrivals.refused(arrival.address, refusal_kind::GONE, reason);
        }
    }
    let opening = WsOpening::new(upgrade, guard.limits);
    connection::serve(&guard, &guard.ws, stream, opening, arrival, stop).await;
}

/// A request that asks for no WebSocket: from a browser, a health check, or nothing at all. In
/// observe mode, it is left to upstream, except for this port's own health check.
async fn no_websocket(
    guard: &Guard,
    mut stream: TcpStream,
    head: Vec<u8>,
    (arrival, stop): (Arrival, StopListener),
    (kind, why): (&'static str, &io::Error),
) {
    guard.arrivals.refused(arrival.address, kind, why);
    let is_health = plain_http::is_health(&head);
    if kind == refusal_kind::GONE {
        return;
    }
    if !is_health {
        guard.report.unreadable(kind, None);
        if guard.mode == Mode::Observe {
            drop(arrival.permit);
            let passage = Passage {
                guard,
                upstream: &guard.ws,
                address: arrival.address,
                transport: Transport::WebSocket,
                uid: PeerText(""),
            };
            let lifetime = Lifetime::Guard(stop);
            return passage.walk(stream, Unread(head), lifetime).await;
        }
    }
    let answer = match kind {
        refusal_kind::PLAIN_HTTP => plain_http::answer(&head),
        refusal_kind::SILENT => return,
        _ => plain_http::bad_request(&head),
    };
    // Nobody waits for an answer, so the place is free immediately.
    if answer.is_empty() {
        return;
    }
    let answering = async {
        stream.write_all(answer).await?;
        linger::close(&mut stream).await;
        io::Result::Ok(())
    };
    let _ = timeout_at(arrival.deadline, answering).await;
}

/// Reads the request to upgrade, which stays in `head` whatever the result.
async fn read_head(
    stream: &mut TcpStream,
    head: &mut Vec<u8>,
    known: &[HeaderValue],
) -> io::Result<Upgrade> {
    loop {
        if let Some(upgrade) = upgrade::parse(head, known)? {
            return Ok(upgrade);
        }
        if head.len() > MAX_BYTES {
            let why = "the request to upgrade is too long";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
        }
        head.reserve(CHUNK);
        if stream.read_buf(head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
