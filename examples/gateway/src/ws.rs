//! JavaScript SDKs and EasySDKs: one frame, or one JSON-RPC message, in each WebSocket message.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use wukongim_auth::diagnosis::Transport;
use wukongim_auth::session::Protocol;
use wukongim_serving::arrival::Arrival;
use wukongim_serving::linger::{self, LINGER};
use wukongim_serving::preauth_limit::PreauthLimit;
use wukongim_serving::refusal_kind;

use crate::connection;
use crate::conversation;
use crate::gateway::Gateway;
use crate::no_websocket::NoWebSocket;
use crate::refused::refused;
use crate::subprotocol::Subprotocol;
use crate::transport::{self, Connection};

/// The most bytes read at a time.
const READ_BUFFER: usize = 4 * 1024;

/// Bytes that are buffered before they are written even without a flush.
const WRITE_BUFFER: usize = 16 * 1024;

/// A message with the longest frame, including its header.
const MAX_MESSAGE: usize = conversation::MAX_MESSAGE + 8;

/// Serves one connection to its end.
pub async fn serve(gateway: Arc<Gateway>, stream: TcpStream, unauthenticated: Arrival) {
    // Replies are written as a whole; Nagle's algorithm would only delay them.
    let _ = stream.set_nodelay(true);
    let mut stream = PreauthLimit::new(stream);
    let subprotocol = Subprotocol(&gateway.ws_protocols);
    let upgrade = accept_hdr_async_with_config(&mut stream, subprotocol, Some(config()));
    let upgrade = tokio::time::timeout_at(unauthenticated.deadline, upgrade);
    let mut stop = gateway.stop.listen();
    let upgraded = tokio::select! {
        upgraded = upgrade => upgraded,
        // There is no WebSocket yet that could be closed properly.
        () = stop.begun() => return,
    };
    let error = match upgraded {
        Ok(Ok(socket)) => {
            let connection = WsConnection {
                socket,
                gateway: &gateway,
                fault: None,
            };
            let transport = Transport::WebSocket;
            return connection::serve(&gateway, connection, transport, unauthenticated, stop).await;
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let reason = "no WebSocket in time";
            return refused(
                &gateway,
                unauthenticated.address,
                refusal_kind::SILENT,
                reason,
            );
        }
    };
    let NoWebSocket { kind, answer } = NoWebSocket::of(&error, stream.opening());
    if let Some(kind) = kind {
        refused(&gateway, unauthenticated.address, kind, error);
    }
    let answered = async {
        stream.write_all(answer).await?;
        linger::close(&mut stream).await;
        io::Result::Ok(())
    };
    if !answer.is_empty() {
        let _ = tokio::time::timeout_at(unauthenticated.deadline, answered).await;
    }
}

/// The close code for a client's error (RFC 6455 §7.4.1).
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(_) => Some(CloseCode::Protocol),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        // More than a client may send before it is accepted.
        Error::Io(error) if error.kind() == ErrorKind::FileTooLarge => Some(CloseCode::Policy),
        _ => None,
    }
}

/// The library's own limits are for trusted peers: 64 MiB per message, and an unlimited write
/// buffer.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + 2 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

struct WsConnection<'a> {
    socket: WebSocketStream<&'a mut PreauthLimit<TcpStream>>,
    gateway: &'a Gateway,
    fault: Option<CloseCode>,
}

impl Connection for WsConnection<'_> {
    /// Text or binary makes no difference here: the first byte tells the protocol.
    async fn receive(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(message) = self.socket.next().await {
            match message {
                Ok(Message::Binary(bytes)) => return Ok(Some(bytes)),
                Ok(Message::Text(text)) => return Ok(Some(text.into())),
                // The library answers pings by itself; here, pings and pongs only show that the
                // client is alive.
                Ok(Message::Ping(_) | Message::Pong(_)) => return Ok(Some(Bytes::new())),
                // The library answers a Close at the next read.
                Ok(_) => {}
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => break,
                Err(error) => {
                    self.fault = close_code(&error);
                    return Err(io_error(error));
                }
            }
        }
        Ok(None)
    }

    /// Text for JSON-RPC, binary for frames: the SDKs depend on it.
    async fn send(&mut self, protocol: Protocol, message: Vec<u8>) -> io::Result<()> {
        let message = match protocol {
            Protocol::JsonRpc => {
                Message::text(String::from_utf8(message).map_err(io::Error::other)?)
            }
            _ => Message::binary(message),
        };
        self.socket.feed(message).await.map_err(io_error)
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.socket.flush().await.map_err(io_error)
    }

    fn has_gone(&self) -> bool {
        transport::has_gone(self.socket.get_ref().stream())
    }

    fn admitted(&mut self) {
        self.socket.get_mut().lift();
    }

    /// Sends Close and waits for the peer's, so that what was written before arrives.
    async fn close(mut self) {
        let is_stopping = self.gateway.stop.has_begun();
        let code = self.fault.or(is_stopping.then_some(CloseCode::Away));
        // Otherwise without a code: SDKs take a code for an error of their own.
        let frame = code.map(|code| CloseFrame {
            code,
            reason: Utf8Bytes::default(),
        });
        let goodbye = async {
            self.socket.close(frame).await?;
            while let Some(Ok(_)) = self.socket.next().await {}
            // After an error, the WebSocket library reads no more.
            let stream = self.socket.get_mut();
            stream.lift();
            linger::close(stream).await;
            Ok::<(), Error>(())
        };
        let _ = tokio::time::timeout(LINGER, goodbye).await;
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            ErrorKind::ConnectionReset.into()
        }
        Error::Capacity(error) => io::Error::new(ErrorKind::FileTooLarge, error),
        other => io::Error::new(ErrorKind::InvalidData, other),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tokio::net::TcpListener;
    use tokio_tungstenite::accept_async_with_config;

    use super::*;
    use crate::options::Options;

    /// A client may send nothing else for as long as it likes.
    #[tokio::test]
    async fn a_ping_or_a_pong_is_a_sign_of_life() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = async {
            let stream = TcpStream::connect(address).await.unwrap();
            let url = format!("ws://{address}/");
            let (mut client, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
            client.send(Message::Ping("ping".into())).await.unwrap();
            let pong = client.next().await.unwrap().unwrap();
            assert_eq!(pong, Message::Pong("ping".into()));
            client.send(Message::Pong("".into())).await.unwrap();
        };
        let server = async {
            let gateway = Gateway::open(Options::parse_from(["gateway"])).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = PreauthLimit::new(stream);
            let upgrade = accept_async_with_config(&mut stream, Some(config()));
            let mut connection = WsConnection {
                socket: upgrade.await.unwrap(),
                gateway: &gateway,
                fault: None,
            };
            assert_eq!(connection.receive().await.unwrap(), Some(Bytes::new()));
            connection.flush().await.unwrap();
            assert_eq!(connection.receive().await.unwrap(), Some(Bytes::new()));
            assert_eq!(connection.receive().await.unwrap_or_default(), None);
        };
        tokio::join!(client, server);
    }
}
