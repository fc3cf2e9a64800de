//! JavaScript SDKs and EasySDKs: a WebSocket on either side, and between them the frames as they came.
//!
//! The client is answered before upstream is asked, since it says who it is only then. What upstream is
//! sent is the client's own request to upgrade; so its key is the same, its path and its headers are,
//! and every later frame can be handed on with its mask, kind, fragments, pings and close codes. Only
//! extensions are left out, and subprotocols but the one that the client was told: nobody knows yet
//! what upstream would choose. So it is offered what it can only take or ignore.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_auth::{Acceptor, ConnectRequest};
use wukongim_serving::arrival::Arrival;
use wukongim_serving::preauth_limit::MAX_BYTES;
use wukongim_serving::{linger, no_websocket, plain_http, refusal_kind};

use crate::connection;
use crate::guard::{Guard, Mode};
use crate::opening::{NoRequest, Opening, Received, Unread};
use crate::passage::Passage;
use crate::upgrade::{self, Upgrade};
use crate::upstream::{Introduction, Upstream};
use crate::ws_frames::{Frames, Step, closing, going_away, message};

/// Bytes that are read at once.
const CHUNK: usize = 4 * 1024;

/// Serves one connection to its end.
pub async fn serve(guard: Arc<Guard>, mut stream: TcpStream, arrival: Arrival) {
    let _ = stream.set_nodelay(true);
    let mut head = Vec::new();
    let mut stop = guard.stop.listen();
    let read = read_head(&mut stream, &mut head, &guard.ws_protocols);
    let read = tokio::select! {
        read = timeout_at(arrival.deadline, read) => read,
        // There is no WebSocket yet that could be told.
        () = stop.begun() => return,
    };
    let upgrade = match read {
        Ok(Ok(upgrade)) => upgrade,
        Ok(Err(error)) => {
            drop(stop);
            let kind = match error.kind() {
                _ if upgrade::is_whole(&head) => refusal_kind::PLAIN_HTTP,
                io::ErrorKind::UnexpectedEof => refusal_kind::GONE,
                io::ErrorKind::FileTooLarge => refusal_kind::TOO_LARGE,
                _ => no_websocket::kind(&head),
            };
            return no_websocket(&guard, stream, head, arrival, (kind, &error)).await;
        }
        Err(_) => {
            drop(stop);
            let why = io::Error::other("no WebSocket in time");
            return no_websocket(&guard, stream, head, arrival, (refusal_kind::SILENT, &why)).await;
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
    let opening = WsOpening {
        acceptor: Acceptor::new().with_limits(guard.limits).with_json_rpc(),
        frames: Frames::default(),
        received: Vec::new(),
        carried: 0,
        request_end: None,
        request: upgrade.request,
        behind: upgrade.behind,
    };
    connection::serve(&guard, &guard.ws, stream, opening, arrival, stop).await;
}

/// What asks for no WebSocket: a browser, a health check, or nothing at all. Who only observes leaves it to
/// upstream, but for the health check of this port.
async fn no_websocket(
    guard: &Guard,
    mut stream: TcpStream,
    head: Vec<u8>,
    arrival: Arrival,
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
                uid: "",
            };
            return passage.walk(stream, Unread(head), None).await;
        }
    }
    if kind == refusal_kind::PLAIN_HTTP {
        let answer = async {
            stream.write_all(plain_http::answer(&head)).await?;
            linger::close(&mut stream).await;
            io::Result::Ok(())
        };
        let _ = timeout_at(arrival.deadline, answer).await;
    }
}

/// Reads the request to upgrade, which stays in `head` whatever comes of it.
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

/// The request ends with its message: what is more in it would reach upstream together with it, before
/// upstream has answered. No SDK sends more than whitespace there.
fn expect_message_of_its_own(
    request: &ConnectRequest,
    payload: &[u8],
    behind: usize,
    is_last: bool,
) -> Result<(), NoRequest> {
    let is_json = request.request_bytes().trim_ascii_start().starts_with(b"{");
    let behind = payload.get(payload.len().saturating_sub(behind)..);
    let behind = behind.unwrap_or_default();
    let is_alone = behind.is_empty() || (is_json && behind.trim_ascii().is_empty());
    match is_last && is_alone {
        true => Ok(()),
        false => Err(NoRequest::WebSocket("more than CONNECT in its message")),
    }
}

struct WsOpening {
    acceptor: Acceptor,
    frames: Frames,
    received: Vec<u8>,
    /// How much data the frames have carried.
    carried: usize,
    request_end: Option<usize>,
    request: Request,
    /// What came in one read with the request to upgrade.
    behind: Vec<u8>,
}

impl Opening for WsOpening {
    const TRANSPORT: Transport = Transport::WebSocket;

    fn behind(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.behind)
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, NoRequest> {
        self.received.extend_from_slice(chunk);
        self.frames.push(chunk);
        let mut request = None;
        while request.is_none() {
            match self.frames.next()? {
                // Text or binary makes no difference here: the first byte tells the protocol.
                Some(Step::Data { payload, is_last }) => {
                    self.carried += payload.len();
                    request = self.acceptor.push(&payload)?;
                    if let Some(request) = &request {
                        let behind = self.carried.saturating_sub(request.request_bytes().len());
                        expect_message_of_its_own(request, &payload, behind, is_last)?;
                        self.request_end = Some(self.received.len() - self.frames.unread());
                    }
                }
                Some(Step::Other) => {}
                None => break,
            }
        }
        match request.is_none() && self.received.len() > MAX_BYTES {
            true => Err(NoRequest::TooMuch),
            false => Ok(request),
        }
    }

    /// Text for JSON-RPC, binary for frames: the SDKs look at the kind.
    fn refusal(&self, protocol: Protocol, reply: Vec<u8>) -> Vec<u8> {
        let mut bytes = message(protocol == Protocol::JsonRpc, reply);
        bytes.extend(closing());
        bytes
    }

    fn going_away(&self) -> Vec<u8> {
        going_away()
    }
}

impl Received for WsOpening {
    fn into_received(mut self) -> (Vec<u8>, Vec<u8>) {
        // If nothing was read, what came behind the request to upgrade is all there is.
        self.received.extend(self.behind);
        let end = self.request_end.unwrap_or(self.received.len());
        let behind = self.received.split_off(end);
        (self.received, behind)
    }

    async fn connect(
        &self,
        upstream: &Upstream,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<(TcpStream, Vec<u8>)> {
        let mut stream = upstream.connect(source, destination).await?;
        let mut request = self.request.clone();
        if upstream.introduction == Introduction::Headers {
            upgrade::introduce(request.headers_mut(), source);
        }
        let behind = upstream.in_time(upgrade::request(&mut stream, &request));
        let behind = behind.await?;
        Ok((stream, behind))
    }
}
