//! Plain HTTP on a WebSocket port: a browser, curl, or a health check.

/// Whether a connection that begins like this certainly speaks HTTP: it begins with a method and a
/// space.
pub fn is_http(opening: &[u8]) -> bool {
    let mut words = opening.split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    is_method && words.next().is_some()
}

/// Whether it is a health check.
pub fn is_health(opening: &[u8]) -> bool {
    opening.starts_with(HEALTH)
}

/// The answer to a complete request that is not an upgrade, given the beginning of its first line.
pub fn answer(opening: &[u8]) -> &'static [u8] {
    match is_health(opening) {
        true => OK,
        false => UPGRADE_REQUIRED,
    }
}

/// The part of a request that [`answer`] reads.
pub const OPENING_LEN: usize = HEALTH.len();

const HEALTH: &[u8] = b"GET /health HTTP";

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\
    content-length: 3\r\n\r\nok\n";

/// The answer to a request that cannot be read; empty if the peer would not understand it.
pub fn bad_request(opening: &[u8]) -> &'static [u8] {
    match is_http(opening) {
        true => BAD_REQUEST,
        false => &[],
    }
}

const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
    connection: close\r\ncontent-length: 12\r\n\r\nbad request\n";

const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\ncontent-type: text/plain\r\nconnection: upgrade, close\r\n\
    content-length: 26\r\n\r\nWebSocket clients connect\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_one_path() {
        for (opening, is_health) in [
            ("GET /health HTTP/1.1", true),
            ("GET /health HTTP", true),
            ("GET /healthy HTTP", false),
            ("POST /health HTTP", false),
            ("GET / HTTP/1.1", false),
            ("", false),
        ] {
            let expected = if is_health { OK } else { UPGRADE_REQUIRED };
            assert_eq!(answer(opening.as_bytes()), expected, "{opening}");
        }
    }

    #[test]
    fn http_begins_with_a_method() {
        for (opening, expected) in [
            (&b"GET / HTTP/1.1"[..], true),
            (b"PROPFIND /very-long", true),
            (b"GET", false),
            (b" GET /", false),
            (b"get / HTTP/1.1", false),
            (b"\x16\x03\x01 \x01", false),
            (b"", false),
        ] {
            assert_eq!(is_http(opening), expected, "{opening:?}");
        }
    }

    #[test]
    fn the_lengths_are_right() {
        for answer in [OK, BAD_REQUEST, UPGRADE_REQUIRED] {
            let answer = std::str::from_utf8(answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(&format!("content-length: {}", body.len())),
                "{head}"
            );
        }
    }
}
