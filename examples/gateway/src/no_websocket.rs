//! Connections to the WebSocket port that are not WebSockets: their labels, and the answers to them.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use wukongim_serving::{no_websocket, plain_http, refusal_kind};

/// A connection whose opening handshake failed.
#[derive(Debug, PartialEq, Eq)]
pub struct NoWebSocket {
    /// The label for metrics; `None` for a health check, which is not a refusal.
    pub kind: Option<&'static str>,
    /// The answer; empty if the peer would not understand it.
    pub answer: &'static [u8],
}

impl NoWebSocket {
    /// Decides by the error, and by the first bytes that arrived.
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
                (refusal_kind::TOO_LARGE, plain_http::bad_request(opening))
            }
            _ => (
                no_websocket::kind(opening),
                plain_http::bad_request(opening),
            ),
        };
        NoWebSocket {
            kind: Some(kind),
            answer,
        }
    }
}

/// A client that did not send a valid WebSocket request.
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
