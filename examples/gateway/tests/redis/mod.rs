//! Gateways on a Redis, and clients that connect to them.

use wukongim_test_support::client::{Hello, KeyPair, Socket, connack};
use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::redis_server::RedisServer;

/// What a client that connects gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Success,
    Refused(u8),
    /// The end, without a word: SDKs connect again.
    Closed,
}

pub fn connect(gateway: &GatewayProcess, token: &str) -> Answer {
    let mut socket = Socket::tcp(gateway.tcp);
    let hello = Hello::new(token);
    socket.send(&hello.connect(&KeyPair::new().client_key()));
    match socket.receive() {
        None => Answer::Closed,
        Some(frame) => match u8::from(connack(&frame, hello.version).reason) {
            1 => Answer::Success,
            reason => Answer::Refused(reason),
        },
    }
}

pub fn gateway_on(redis: &RedisServer) -> GatewayProcess {
    GatewayProcess::start(&[&format!("--store={}", redis.url())])
}
