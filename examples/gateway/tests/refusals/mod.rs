//! Clients that are refused, and what the log says of them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use wukongim_test_support::gateway_process::PATIENCE;

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Says this, and waits for the end.
pub fn say(address: SocketAddr, bytes: &[u8]) {
    let mut stream = connect(address);
    // It may be closed before all of it was said.
    let _ = stream.write_all(bytes);
    let _ = stream.read_to_end(&mut Vec::new());
}

/// The value of `name=value` or `name="value"` in a line.
pub fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}="))?;
    match rest.strip_prefix('"') {
        Some(rest) => rest.split_once('"').map(|(value, _)| value),
        None => rest.split_whitespace().next(),
    }
}
