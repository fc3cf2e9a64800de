//! The WebSocket subprotocol that is selected for a client, if it offers one that is configured
//! (`--ws-protocol`). Browsers close a connection if the response names a subprotocol that they did
//! not offer, and some SDKs close it if the response names none.

use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, HeaderValue};

/// A subprotocol's name on the command line: a token of HTTP.
///
/// # Errors
/// If it is not one, with a message for the user of the command line.
pub fn name(text: &str) -> Result<HeaderValue, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match text.bytes().all(is_token) && !text.is_empty() {
        true => HeaderValue::from_str(text).map_err(|error| error.to_string()),
        false => Err(
            "must be letters, digits and !#$%&'*+-.^_`|~ / 只能含字母、数字和 !#$%&'*+-.^_`|~"
                .into(),
        ),
    }
}

/// The first known subprotocol that the client offers, in its order.
pub fn chosen(known: &[HeaderValue], request: &HeaderMap) -> Option<HeaderValue> {
    let lists = request.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut offered = lists
        .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    offered.find_map(|name| known.iter().find(|known| *known == name).cloned())
}
