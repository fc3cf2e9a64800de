//! The two requests to upgrade: from the client, and the same one to upstream.

use std::io;
use std::net::SocketAddr;

use http::header::{
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response, write_response};
use wukongim_serving::subprotocol;

/// The longest answer that upstream may give.
const MAX_ANSWER: usize = 16 * 1024;

/// What a client requested, and the answer to it.
pub struct Upgrade {
    /// The request to upstream.
    pub request: Request,
    pub response: Vec<u8>,
    /// What came in the same read.
    pub behind: Vec<u8>,
}

/// `None` if the request is incomplete. Of its subprotocols, one of `known` is kept.
///
/// # Errors
/// If it does not ask for a WebSocket.
pub fn parse(head: &[u8], known: &[HeaderValue]) -> io::Result<Option<Upgrade>> {
    let Some((len, mut request)) = Request::try_parse(head).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let mut answer = create_response(&request).map_err(io::Error::other)?;
    let chosen = subprotocol::chosen(known, request.headers());
    request.headers_mut().remove(SEC_WEBSOCKET_EXTENSIONS);
    request.headers_mut().remove(SEC_WEBSOCKET_PROTOCOL);
    if let Some(chosen) = chosen {
        let mut both = [request.headers_mut(), answer.headers_mut()];
        for headers in &mut both {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, chosen.clone());
        }
    }
    let mut response = Vec::new();
    write_response(&mut response, &answer).map_err(io::Error::other)?;
    let behind = head[len..].to_vec();
    Ok(Some(Upgrade {
        request,
        response,
        behind,
    }))
}

/// States the client's address in the headers that WuKongIM v2 reads. It reads one address from a
/// header and no list, so what the client sent in them is replaced.
pub fn introduce(headers: &mut HeaderMap, source: SocketAddr) {
    let (address, port) = (source.ip().to_canonical().to_string(), source.port());
    for name in ["x-forwarded-for", "x-real-ip"] {
        // An address is made of letters, digits, dots and colons.
        if let Ok(address) = HeaderValue::from_str(&address) {
            headers.insert(name, address);
        }
    }
    headers.insert("x-real-port", port.into());
    headers.remove("forwarded");
}

/// Whether it is a complete request, of any kind.
pub fn is_whole(head: &[u8]) -> bool {
    head.windows(4).any(|four| four == b"\r\n\r\n")
}

/// Sends the client's request to upstream, and reads the answer. Returns the bytes after it.
///
/// # Errors
/// If upstream does not agree to it.
pub async fn request(stream: &mut TcpStream, request: &Request) -> io::Result<Vec<u8>> {
    stream.write_all(&written(request)).await?;
    let mut answer = Vec::new();
    let (len, response) = loop {
        if let Some(parsed) = Response::try_parse(&answer).map_err(io::Error::other)? {
            break parsed;
        }
        if answer.len() > MAX_ANSWER {
            return Err(io::Error::other("upstream's answer is too long"));
        }
        answer.reserve(1024);
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    agreed(request.headers(), &response)?;
    Ok(answer.split_off(len))
}

/// Whether upstream's answer is the one that the client already has.
fn agreed(asked: &HeaderMap, response: &Response) -> io::Result<()> {
    let key = asked.get(SEC_WEBSOCKET_KEY);
    let expected = derive_accept_key(key.map(|key| key.as_bytes()).unwrap_or_default());
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if response.status() != StatusCode::SWITCHING_PROTOCOLS
        || accepted.is_none_or(|accepted| *accepted != expected)
    {
        let status = response.status();
        return Err(io::Error::other(format!(
            "upstream answers a WebSocket with status {status}"
        )));
    }
    for name in [SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL] {
        // Upstream need not select what it was offered.
        let mut taken = response.headers().get_all(&name).into_iter();
        if taken.any(|taken| Some(taken) != asked.get(&name)) {
            return Err(io::Error::other(format!(
                "upstream answers with a {name} that it was not offered"
            )));
        }
    }
    Ok(())
}

/// Unchanged from the client.
fn written(request: &Request) -> Vec<u8> {
    let target = request.uri().path_and_query();
    let target = target.map_or("/", |target| target.as_str());
    let mut bytes = format!("GET {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in request.headers() {
        bytes.extend(name.as_str().as_bytes());
        bytes.extend(b": ");
        bytes.extend(value.as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /ws?x=1 HTTP/1.1\r\nhost: im.example\r\nupgrade: websocket\r\n\
        connection: keep-alive, Upgrade\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        sec-websocket-extensions: permessage-deflate\r\ncookie: a=b\r\n\r\n";

    #[test]
    fn upstream_gets_the_clients_own_request_without_extensions() {
        let received = [HEAD.as_bytes(), b"\x82"].concat();
        let upgrade = parse(&received, &[]).unwrap().unwrap();
        assert_eq!(upgrade.behind, b"\x82");
        let response = String::from_utf8(upgrade.response).unwrap();
        assert!(response.starts_with("HTTP/1.1 101 "), "{response}");
        assert!(response.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!response.contains("deflate"));

        let written = String::from_utf8(written(&upgrade.request)).unwrap();
        assert!(written.starts_with("GET /ws?x=1 HTTP/1.1\r\n"));
        for kept in [
            "host: im.example",
            "cookie: a=b",
            "dGhlIHNhbXBsZSBub25jZQ==",
        ] {
            assert!(written.contains(kept), "{kept} in {written}");
        }
        assert!(!written.contains("deflate"));
        assert!(parse(written.as_bytes(), &[]).unwrap().is_some());
    }

    #[test]
    fn what_a_client_says_of_its_address_is_replaced() {
        let spoofed = HEAD.replace(
            "cookie",
            "x-forwarded-for: 8.8.8.8\r\nX-Forwarded-For: 8.8.4.4\r\nx-real-ip: 9.9.9.9\r\n\
             x-real-port: 1\r\nforwarded: for=8.8.8.8\r\ncookie",
        );
        for (source, expected) in [
            ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[::ffff:192.0.2.7]:4711", "192.0.2.7"),
        ] {
            let mut upgrade = parse(spoofed.as_bytes(), &[]).unwrap().unwrap();
            introduce(upgrade.request.headers_mut(), source.parse().unwrap());
            let written = String::from_utf8(written(&upgrade.request)).unwrap();
            for (name, value) in [
                ("x-forwarded-for", expected),
                ("x-real-ip", expected),
                ("x-real-port", "4711"),
            ] {
                let of = |line: &&str| line.starts_with(name);
                let lines: Vec<_> = written.lines().filter(of).collect();
                assert_eq!(lines, [format!("{name}: {value}")], "{source}");
            }
            assert!(!written.contains("8.8.8.8"), "{written}");
        }
    }

    #[test]
    fn a_request_is_whole_at_its_empty_line() {
        for len in 0..HEAD.len() {
            assert!(
                parse(&HEAD.as_bytes()[..len], &[]).unwrap().is_none(),
                "{len}"
            );
            assert!(!is_whole(&HEAD.as_bytes()[..len]));
        }
        assert!(is_whole(HEAD.as_bytes()));
        let plain = b"GET / HTTP/1.1\r\nhost: im.example\r\n\r\n";
        assert!(parse(plain, &[]).is_err() && is_whole(plain));
    }
}
