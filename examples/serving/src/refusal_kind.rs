//! Labels for connections that end before their client could be verified, in addition to those of
//! `RequestError`: for metrics and the log. Their set is bounded, and `docs/labels-and-events.md`
//! lists it.

/// Closed by the peer, or broken off, before its request to connect.
pub const GONE: &str = "gone";

/// Nothing, or an incomplete request, until the deadline.
pub const SILENT: &str = "silent";

/// Too many connections are already waiting.
pub const OVER_CAPACITY: &str = "over_capacity";

/// It waited longest at the address that had most, and another needed its place.
pub const MADE_ROOM: &str = "made_room";

/// It sent more than an unauthenticated connection may, or a request that is too long.
pub const TOO_LARGE: &str = "too_large";

/// A whole request of plain HTTP on the WebSocket port.
pub const PLAIN_HTTP: &str = "plain_http";

/// HTTP on the WebSocket port that cannot be read.
pub const MALFORMED_HTTP: &str = "malformed_http";

/// Something else on the WebSocket port, without a label of its own.
pub const NO_WEBSOCKET: &str = "no_websocket";

/// Frames that WebSocket does not allow.
pub const MALFORMED_WEBSOCKET: &str = "malformed_websocket";

/// A trusted proxy sent no PROXY protocol header, or one that cannot be read.
pub const PROXY_HEADER: &str = "proxy_header";

/// A request to the manager port without the manager token.
pub const MANAGER_TOKEN_WRONG: &str = "manager_token_wrong";

/// A request to the manager port that a web page made.
pub const CROSS_SITE: &str = "cross_site";

/// A request to register or clear a token that the server behind the guard could understand
/// differently.
pub const AMBIGUOUS_BODY: &str = "ambiguous_body";

/// A client that came before the server's tokens were known.
pub const NOT_READY: &str = "not_ready";

/// All of them, in the order of `docs/labels-and-events.md`.
pub const ALL: [&str; 14] = [
    GONE,
    SILENT,
    OVER_CAPACITY,
    MADE_ROOM,
    TOO_LARGE,
    PLAIN_HTTP,
    MALFORMED_HTTP,
    NO_WEBSOCKET,
    MALFORMED_WEBSOCKET,
    PROXY_HEADER,
    MANAGER_TOKEN_WRONG,
    CROSS_SITE,
    AMBIGUOUS_BODY,
    NOT_READY,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs;

    #[test]
    fn the_pages_list_every_kind() {
        for page in ["labels-and-events.md", "labels-and-events.zh-CN.md"] {
            let mut words = docs::first_of_three(page);
            words.retain(|word| !word.starts_with("wukongim_"));
            assert_eq!(words, ALL, "{page}");
        }
    }
}
