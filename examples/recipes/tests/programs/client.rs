//! A client that connects and says what it was answered.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use wukongim_auth::DeviceFlag;
use wukongim_auth::frame::{Connack, Connect, Flags, Frame, Limits, Packet, Parsed, ReasonCode};

const VERSION: u8 = 4;
const DEADLINE: Duration = Duration::from_secs(60);

/// alice's CONNECT for APP, with a key.
pub fn connect(token: &str) -> Vec<u8> {
    let mut connect = Connect::new(VERSION, "alice", DeviceFlag::App, token);
    connect.client_key = "lDG1+qBYykPqg5MFdrlJmgq84mr910Gof6TPWmNZVAI=";
    let mut bytes = Vec::new();
    connect.encode(Flags::default(), &mut bytes).unwrap();
    bytes
}

pub fn reason(reply: &[u8]) -> ReasonCode {
    match Frame::decode(reply, VERSION, Limits::default()).unwrap() {
        Parsed::Complete {
            value:
                Frame {
                    packet: Packet::Connack(Connack { reason, .. }),
                    ..
                },
            ..
        } => reason,
        other => panic!("no CONNACK: {other:?}"),
    }
}

/// The reason in the reply to this token; `None` if there was no reply.
pub fn answer(address: SocketAddr, token: &str) -> Option<ReasonCode> {
    let reply = exchange(address, &connect(token));
    (!reply.is_empty()).then(|| reason(&reply))
}

/// Expects a PONG to a PING that is sent together with the CONNECT, and to another.
pub fn expect_pongs(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let both = [&connect("s3cret")[..], b"\x70"].concat();
    for (sent, expected) in [(&both[..], Some(ReasonCode::Success)), (b"\x70", None)] {
        stream.write_all(sent).unwrap();
        let (mut received, mut chunk) = (Vec::new(), [0; 128]);
        while received.last() != Some(&0x80) {
            let len = stream.read(&mut chunk).unwrap();
            assert_ne!(len, 0, "closed: {received:?}");
            received.extend_from_slice(&chunk[..len]);
        }
        received.pop();
        let answer = (!received.is_empty()).then(|| reason(&received));
        assert_eq!(answer, expected);
    }
}

/// Sends, and returns the first bytes that come back.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // A client that is not admitted is closed before it can send.
    let _ = stream.write_all(request);
    let mut reply = vec![0; 4096];
    match stream.read(&mut reply) {
        Ok(len) => reply.truncate(len),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => reply.clear(),
        Err(error) => panic!("{error}"),
    }
    reply
}
