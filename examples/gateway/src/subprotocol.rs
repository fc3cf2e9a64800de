//! The WebSocket subprotocol that a client is told, if it offers one that we were given
//! (`--ws-protocol`). Browsers close a connection that names one which they did not offer.

use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::handshake::server::{
    Callback, ErrorResponse, Request, Response,
};

/// Those to choose from.
#[derive(Clone, Copy)]
pub struct Subprotocol<'a>(pub &'a [HeaderValue]);

impl Subprotocol<'_> {
    /// The first that the client offers, in its order.
    fn chosen(&self, request: &Request) -> Option<HeaderValue> {
        let lists = request
            .headers()
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .into_iter();
        let mut offered = lists
            .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii);
        offered.find_map(|name| self.0.iter().find(|known| *known == name).cloned())
    }
}

impl Callback for Subprotocol<'_> {
    #[allow(clippy::result_large_err, reason = "the trait's own signature")]
    fn on_request(
        self,
        request: &Request,
        mut response: Response,
    ) -> Result<Response, ErrorResponse> {
        if let Some(chosen) = self.chosen(request) {
            response
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, chosen);
        }
        Ok(response)
    }
}
