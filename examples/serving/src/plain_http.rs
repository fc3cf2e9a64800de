//! Plain HTTP where WebSockets are expected: somebody with a browser or curl, or a health check.

/// The answer to a whole request that is no upgrade, given the beginning of its first line.
pub fn answer(opening: &[u8]) -> &'static [u8] {
    match opening.starts_with(HEALTH) {
        true => OK,
        false => UPGRADE_REQUIRED,
    }
}

/// As much of a request as [`answer`] looks at.
pub const OPENING_LEN: usize = HEALTH.len();

const HEALTH: &[u8] = b"GET /health HTTP";

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\
    content-length: 3\r\n\r\nok\n";

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
    fn the_lengths_are_right() {
        for answer in [OK, UPGRADE_REQUIRED] {
            let answer = std::str::from_utf8(answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(&format!("content-length: {}", body.len())),
                "{head}"
            );
        }
    }
}
