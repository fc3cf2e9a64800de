//! A WebSocket from its upgrade to CONNECT.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::server::Request;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::frame::Limits;
use wukongim_auth::session::Protocol;
use wukongim_auth::{Acceptor, ConnectRequest};
use wukongim_serving::preauth_limit::MAX_BYTES;

use crate::opening::{NoRequest, Opening, Received};
use crate::upgrade::{self, Upgrade};
use crate::upstream::{Introduction, Upstream};
use crate::ws_frames::{Frames, Step, closing, going_away, message};

pub struct WsOpening {
    acceptor: Acceptor,
    frames: Frames,
    received: Vec<u8>,
    /// How much data the frames have carried.
    carried: usize,
    request_end: Option<usize>,
    request: Request,
    /// What came in the same read as the request to upgrade.
    behind: Vec<u8>,
}

impl WsOpening {
    pub fn new(upgrade: Upgrade, limits: Limits) -> Self {
        WsOpening {
            acceptor: Acceptor::new().with_limits(limits).with_json_rpc(),
            frames: Frames::default(),
            received: Vec::new(),
            carried: 0,
            request_end: None,
            request: upgrade.request,
            behind: upgrade.behind,
        }
    }
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

    /// Text for JSON-RPC, binary for frames: the SDKs depend on it.
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
        // If nothing was read, the bytes after the request to upgrade are all there is.
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

/// The request ends with its message: further bytes in it would reach upstream together with it,
/// before upstream has answered. No SDK sends more than whitespace there.
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
