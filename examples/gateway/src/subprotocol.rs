//! The WebSocket subprotocol in the answer to a request to upgrade.

use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::handshake::server::{
    Callback, ErrorResponse, Request, Response,
};
use wukongim_serving::subprotocol::chosen;

/// The configured subprotocols.
#[derive(Clone, Copy)]
pub struct Subprotocol<'a>(pub &'a [HeaderValue]);

impl Callback for Subprotocol<'_> {
    #[allow(clippy::result_large_err, reason = "the trait's own signature")]
    fn on_request(
        self,
        request: &Request,
        mut response: Response,
    ) -> Result<Response, ErrorResponse> {
        if let Some(chosen) = chosen(self.0, request.headers()) {
            response
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, chosen);
        }
        Ok(response)
    }
}
