//! Upstream's first answer: until it arrives, upstream receives nothing from the client but its
//! request to connect. WuKongIM v2 marks a connection as authenticated some time after it has read
//! the request, and accepts another request until then: a client that was verified as one user
//! could send a second request in the name of another.

use std::io::{self, Cursor};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::OpCode;
use wukongim_auth::diagnosis::Transport;

/// The most bytes read at a time.
const CHUNK: usize = 4 * 1024;

/// Forwards upstream's bytes to the client until they contain an answer to the request. `said` is
/// what the client was sent before. Returns the number of bytes forwarded.
///
/// # Errors
/// Errors of the sockets, or `UnexpectedEof` if upstream closes before it has answered.
pub async fn pass_on(
    upstream: &mut TcpStream,
    client: &mut TcpStream,
    transport: Transport,
    said: Vec<u8>,
) -> io::Result<usize> {
    let (mut search, mut passed) = (Search::new(transport, said), 0);
    while !search.is_found() {
        let mut chunk = Vec::with_capacity(CHUNK);
        if upstream.read_buf(&mut chunk).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        client.write_all(&chunk).await?;
        search.push(&chunk);
        passed += chunk.len();
    }
    Ok(passed)
}

/// Looks for the answer in upstream's bytes.
struct Search {
    transport: Transport,
    unread: Vec<u8>,
    is_found: bool,
}

impl Search {
    fn new(transport: Transport, said: Vec<u8>) -> Self {
        let mut search = Search {
            transport,
            unread: Vec::new(),
            is_found: false,
        };
        search.push(&said);
        search
    }

    fn is_found(&self) -> bool {
        self.is_found
    }

    fn push(&mut self, chunk: &[u8]) {
        match self.transport {
            Transport::WebSocket => {
                self.unread.extend_from_slice(chunk);
                while let Some(len) = self.control_frame() {
                    self.unread.drain(..len);
                }
            }
            _ => self.is_found |= !chunk.is_empty(),
        }
    }

    /// The length of the next frame, if it is complete and carries no data: a pong answers a ping
    /// that came before the request. A frame that cannot be parsed is left for the client to
    /// reject.
    fn control_frame(&mut self) -> Option<usize> {
        let mut cursor = Cursor::new(&self.unread);
        let (header, len) = match FrameHeader::parse(&mut cursor) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return None,
            Err(_) => {
                self.is_found = true;
                return None;
            }
        };
        if matches!(header.opcode, OpCode::Data(_)) {
            self.is_found = true;
            return None;
        }
        let end = usize::try_from(cursor.position().checked_add(len)?).ok()?;
        (end <= self.unread.len()).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_is_no_answer_and_the_first_data_is() {
        let pong = b"\x8a\x04ping";
        for size in 1..=pong.len() {
            let mut search = Search::new(Transport::WebSocket, Vec::new());
            for chunk in [&pong[..], pong].concat().chunks(size) {
                search.push(chunk);
                assert!(!search.is_found(), "in {size}s");
            }
            search.push(b"\x82");
            assert!(!search.is_found());
            search.push(b"\x05");
            assert!(search.is_found());
        }
        assert!(Search::new(Transport::WebSocket, b"\x8a\0\x81\x01{".to_vec()).is_found());
    }

    #[test]
    fn over_tcp_every_byte_is_an_answer() {
        let mut search = Search::new(Transport::Tcp, Vec::new());
        assert!(!search.is_found());
        search.push(b" ");
        assert!(search.is_found());
    }
}
