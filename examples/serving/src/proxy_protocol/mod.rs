//! The PROXY protocol, versions 1 and 2: the header in which a load balancer sends the client's address
//! before the client's own first byte.
//!
//! [`Header::decode`] is sans-I/O, and says how many bytes may be read next without reading past
//! the header, so the code that reads the client's bytes needs no initial buffer; [`receive`] does
//! that for an async stream. The source is the specification of HAProxy (`proxy-protocol.txt`,
//! 2020).
//!
//! Read it only from peers that you [trust](crate::trusted_networks): anyone can send such a
//! header.

mod error;
mod v1;
mod v2;

pub use error::ProxyProtocolError;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest header that is accepted: 16 bytes, the addresses of version 2 (216 at most) and 304
/// bytes of extensions. Version 1 has at most 107 bytes.
pub const MAX_LEN: usize = 536;

/// The origin of a connection, as the proxy states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The client's address, and the one it connected to. `None` if the proxy does not know, or
    /// connected by itself (a health check).
    pub addresses: Option<Addresses>,
}

/// Both ends of the connection between client and proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// The content of a connection's first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// The header, and its length in bytes.
    Complete { header: Header, len: usize },
    /// This many more bytes may be read, all of which belong to the header; then decode again.
    Incomplete { wanted: NonZeroUsize },
}

impl Header {
    /// Reads a header from the first bytes of a connection.
    ///
    /// ```
    /// use wukongim_serving::proxy_protocol::{Decoded, Header};
    ///
    /// let bytes = b"PROXY TCP4 192.0.2.1 198.51.100.2 4711 5100\r\n\x10...";
    /// let Ok(Decoded::Complete { header, len }) = Header::decode(bytes) else { unreachable!() };
    /// assert_eq!(header.addresses.unwrap().source, "192.0.2.1:4711".parse().unwrap());
    /// assert_eq!(bytes[len], 0x10);
    /// ```
    ///
    /// [`ProxyProtocolError`] as soon as the bytes cannot become a header, whatever follows. Close
    /// the connection: otherwise, what follows would be read as the client's.
    pub fn decode(bytes: &[u8]) -> Result<Decoded, ProxyProtocolError> {
        let begins = |signature: &[u8]| {
            bytes
                .iter()
                .zip(signature)
                .all(|(byte, expected)| byte == expected)
        };
        // Both are possible only as long as there is no byte at all.
        if begins(v2::SIGNATURE) {
            v2::decode(bytes)
        } else if begins(v1::SIGNATURE) {
            v1::decode(bytes)
        } else {
            Err(ProxyProtocolError::NotAHeader)
        }
    }

    /// The header of version 2 that states these addresses; `None` for a connection of the proxy's
    /// own.
    pub fn encode(&self) -> Vec<u8> {
        v2::encode(self.addresses)
    }
}

/// Reads the header off a stream, and not a byte more. The caller sets the deadline.
///
/// # Errors
/// The stream's own errors, [`io::ErrorKind::UnexpectedEof`] if it ends within the header, and
/// [`io::ErrorKind::InvalidData`] around a [`ProxyProtocolError`].
pub async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Header> {
    let mut bytes = Vec::new();
    loop {
        let decoded = Header::decode(&bytes)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        match decoded {
            Decoded::Complete { header, .. } => return Ok(header),
            Decoded::Incomplete { wanted } => {
                let start = bytes.len();
                bytes.resize(start + wanted.get(), 0);
                stream.read_exact(&mut bytes[start..]).await?;
            }
        }
    }
}

/// Reads `wanted` more bytes, which is at least one.
fn incomplete(wanted: usize) -> Decoded {
    Decoded::Incomplete {
        wanted: NonZeroUsize::new(wanted).unwrap_or(NonZeroUsize::MIN),
    }
}

#[cfg(test)]
mod tests;
