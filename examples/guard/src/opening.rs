//! What a client sends before it is let in, over TCP and over WebSocket: kept as it came, and read as
//! far as its request to connect.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_auth::{ConnectRequest, RequestError};
use wukongim_serving::refusal_kind;

use crate::upstream::Upstream;

/// What came before the verdict, for upstream to read.
pub trait Received: Send {
    /// Everything that is upstream's to read, as it came: up to the end of the request to connect, and
    /// what came behind it. If there was no request, all is in the first.
    fn into_received(self) -> (Vec<u8>, Vec<u8>);

    /// Introduces the client to upstream, up to where its own bytes follow. Gives the connection, and
    /// what upstream has said to the client by then.
    fn connect(
        &self,
        upstream: &Upstream,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> impl Future<Output = io::Result<(TcpStream, Vec<u8>)>> + Send;
}

/// The beginning of a connection.
pub trait Opening: Received {
    const TRANSPORT: Transport;

    /// What was read before, and is to be taken first.
    fn behind(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes the next bytes; gives the request to connect once it is there.
    ///
    /// # Errors
    /// If no further bytes make it one.
    fn push(&mut self, chunk: &[u8]) -> Result<Option<ConnectRequest>, NoRequest>;

    /// The bytes that carry a refusal, and the end of the conversation.
    fn refusal(&self, protocol: Protocol, reply: Vec<u8>) -> Vec<u8>;

    /// What a client is told that has not said yet who it is, if the guard stops.
    fn going_away(&self) -> Vec<u8>;
}

/// Bytes that nobody could read, as they came.
pub struct Unread(pub Vec<u8>);

impl Received for Unread {
    fn into_received(self) -> (Vec<u8>, Vec<u8>) {
        (self.0, Vec::new())
    }

    async fn connect(
        &self,
        upstream: &Upstream,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<(TcpStream, Vec<u8>)> {
        let stream = upstream.connect(source, destination).await?;
        Ok((stream, Vec::new()))
    }
}

/// Why the first bytes are no request to connect.
#[derive(Debug, thiserror::Error)]
pub enum NoRequest {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the WebSocket frames before CONNECT cannot be read: {0}")]
    WebSocket(&'static str),
    #[error(
        "the request has a member in another case, which upstream would take for the one that we read"
    )]
    Ambiguous,
    #[error("too many bytes before CONNECT")]
    TooMuch,
}

impl NoRequest {
    /// A word for the report.
    pub fn label(&self) -> &'static str {
        match self {
            NoRequest::Request(error) => error.label(),
            NoRequest::WebSocket(_) => refusal_kind::MALFORMED_WEBSOCKET,
            // As what cannot be read: it cannot be read in one way.
            NoRequest::Ambiguous => "json_rpc_malformed",
            NoRequest::TooMuch => refusal_kind::TOO_LARGE,
        }
    }

    /// What to do about it, if the bytes show it.
    pub fn fix(&self) -> Option<String> {
        match self {
            NoRequest::Request(error) => error.fix().map(|fix| fix.to_string()),
            _ => None,
        }
    }
}
