//! Checks whether a server on this machine is healthy: a container's health check, for images that
//! contain no other program for it.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long it may take to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How much of an answer is read.
const STATUS: &[u8] = b"HTTP/1.1 200 ";

/// `GET path` at the address that the server listens on.
///
/// # Errors
/// If it cannot be reached, does not answer in time, or answers anything but 200.
pub fn ask(listening: SocketAddr, path: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&reachable(listening), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut status = [0; STATUS.len()];
    stream.read_exact(&mut status)?;
    match status == STATUS {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "it answers {:?}",
            String::from_utf8_lossy(&status)
        ))),
    }
}

/// A server that listens on all addresses is asked at this machine's loopback address.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let address = match listening.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listening.port())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// The message about a server that answers in this way.
    fn asked(answer: &'static [u8]) -> io::Result<()> {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 18];
            stream.read_exact(&mut request).unwrap();
            assert_eq!(&request, b"GET /health HTTP/1");
            stream.write_all(answer).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let asked = ask(address, "/health");
        server.join().unwrap();
        asked
    }

    #[test]
    fn only_200_is_well() {
        asked(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let error = asked(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap_err();
        assert_eq!(error.to_string(), "it answers \"HTTP/1.1 503 \"");
        // Closed before it answered; not listening at all.
        assert!(asked(b"HTTP/1.1").is_err());
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        assert!(ask(free.unwrap(), "/health").is_err());
    }
}
