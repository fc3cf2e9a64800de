//! Connections to the WebSocket port that are not WebSockets: their labels, and the answers to them.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use wukongim_auth::{Acceptor, RequestError};
use wukongim_serving::{plain_http, refusal_kind};

/// A connection whose opening handshake failed.
#[derive(Debug, PartialEq, Eq)]
pub struct NoWebSocket {
    /// A word for metrics; a health check is nothing that was refused.
    pub kind: Option<&'static str>,
    /// Empty if it would not be understood.
    pub answer: &'static [u8],
}

impl NoWebSocket {
    /// By the error, and the first bytes that arrived.
    pub fn of(error: &Error, opening: &[u8]) -> Self {
        let (kind, answer) = match error {
            Error::Protocol(error) if is_whole_request(error) => {
                let is_health = plain_http::is_health(opening);
                let kind = (!is_health).then_some(refusal_kind::PLAIN_HTTP);
                return NoWebSocket {
                    kind,
                    answer: plain_http::answer(opening),
                };
            }
            Error::Protocol(ProtocolError::HandshakeIncomplete) => (refusal_kind::GONE, &[][..]),
            Error::Io(error) if error.kind() != std::io::ErrorKind::FileTooLarge => {
                (refusal_kind::GONE, &[][..])
            }
            Error::Io(_) | Error::Capacity(_) | Error::AttackAttempt => {
                (refusal_kind::TOO_LARGE, bad_request(opening))
            }
            _ if plain_http::is_http(opening) => {
                (refusal_kind::MALFORMED_HTTP, plain_http::BAD_REQUEST)
            }
            _ => (name(opening), &[][..]),
        };
        NoWebSocket {
            kind: Some(kind),
            answer,
        }
    }
}

/// One that did not ask for a WebSocket as it should.
fn is_whole_request(error: &ProtocolError) -> bool {
    use ProtocolError::*;
    matches!(
        error,
        WrongHttpMethod
            | WrongHttpVersion
            | MissingConnectionUpgradeHeader
            | MissingUpgradeWebSocketHeader
            | MissingSecWebSocketVersionHeader
            | MissingSecWebSocketKey
            | InvalidSecWebSocketKey
    )
}

fn bad_request(opening: &[u8]) -> &'static [u8] {
    match plain_http::is_http(opening) {
        true => plain_http::BAD_REQUEST,
        false => &[],
    }
}

/// The crate's, if it knows the protocol: TLS, most often.
fn name(opening: &[u8]) -> &'static str {
    let Ok(Some(request)) = Acceptor::new().push(opening) else {
        return refusal_kind::NO_WEBSOCKET;
    };
    match request.handshake() {
        Err(error @ RequestError::OtherProtocol(_)) => error.label(),
        _ => refusal_kind::NO_WEBSOCKET,
    }
}
