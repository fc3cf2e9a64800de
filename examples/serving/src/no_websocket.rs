//! Connections to a WebSocket port that do not ask for a WebSocket.

use wukongim_auth::session::OtherProtocol;
use wukongim_auth::{Acceptor, RequestError};

use crate::plain_http;
use crate::refusal_kind::{MALFORMED_HTTP, NO_WEBSOCKET};

/// A label for metrics and the log, by the first bytes: the crate's, if it recognises the protocol
/// (most often TLS, or a load balancer's PROXY header).
pub fn kind(opening: &[u8]) -> &'static str {
    let error = match Acceptor::new().push(opening) {
        Ok(Some(request)) => request.handshake().err(),
        Ok(None) => None,
        Err(error) => Some(error),
    };
    match error {
        // Their clients belong here, but did not send a WebSocket request.
        Some(RequestError::OtherProtocol(OtherProtocol::Http | OtherProtocol::JsonRpc)) => {}
        Some(error @ RequestError::OtherProtocol(_)) => return error.label(),
        _ => {}
    }
    match plain_http::is_http(opening) {
        true => MALFORMED_HTTP,
        false => NO_WEBSOCKET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_crate_knows_has_its_label() {
        let cases: [(&[u8], &str); 8] = [
            (
                b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
                "other_protocol_tls",
            ),
            (
                b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
                "other_protocol_proxy_v1",
            ),
            (
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
                "other_protocol_proxy_v2",
            ),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", "other_protocol_ssh"),
            (b"GET / HTTP/9.9 nonsense\r\n\r\n", "malformed_http"),
            (b"{\"method\":\"connect\"}", "no_websocket"),
            (b"\x10\x00\x01\x02", "no_websocket"),
            (b"", "no_websocket"),
        ];
        for (opening, expected) in cases {
            assert_eq!(kind(opening), expected, "{opening:?}");
        }
    }
}
