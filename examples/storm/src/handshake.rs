//! One client's attempt to connect.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use wukongim_auth::frame::{Connack, Connect, Flags, FrameType, Limits, Parsed, RawFrame};
use wukongim_auth::session::Protocol;
use wukongim_auth::{DeviceFlag, Timestamp};

use crate::options::Options;
use crate::plan::Client;
use crate::socket::Socket;

/// How long a client waits for its answer: official SDKs wait about as long.
const PATIENCE: Duration = Duration::from_secs(10);

const VERSION: u8 = 4;

/// A public key of X25519 as clients send one. Its value does not change the gateway's cost, and a
/// fixed one costs the client nothing.
const CLIENT_KEY: &str = "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// How an attempt ended.
pub enum Outcome {
    /// Accepted.
    Success,
    /// Refused, with this reason.
    Refused(u64),
    /// Closed instead of an answer: SDKs retry.
    Closed,
    /// The connection failed.
    Unreachable(io::Error),
    /// Neither an answer nor a close.
    Silent,
    /// An invalid answer.
    Garbled(String),
}

/// Connects, sends the CONNECT, and reads the answer.
pub async fn attempt(options: &Options, client: &Client, number: u64) -> Outcome {
    timeout(PATIENCE, say_hello(options, client, number))
        .await
        .unwrap_or(Outcome::Silent)
}

async fn say_hello(options: &Options, client: &Client, number: u64) -> Outcome {
    let mut socket = match Socket::open(options.to, options.ws, number).await {
        Ok(socket) => socket,
        Err(error) => return Outcome::Unreachable(error),
    };
    let protocol = options.protocol.into();
    let (hello, parse): (_, Parse) = match protocol {
        Protocol::JsonRpc => (request(client), response),
        _ => (connect(client), connack),
    };
    if socket.send(protocol, hello).await.is_err() {
        return Outcome::Closed;
    }
    let mut received = Vec::new();
    while let Ok(Some(chunk)) = socket.receive().await {
        received.extend_from_slice(&chunk);
        match parse(&received) {
            None => {}
            Some(Ok(SUCCESS)) => return Outcome::Success,
            Some(Ok(reason)) => return Outcome::Refused(reason),
            Some(Err(what)) => return Outcome::Garbled(what),
        }
    }
    Outcome::Closed
}

const SUCCESS: u64 = 1;

/// Reads the reason in an answer; `None` if the answer is incomplete.
type Parse = fn(&[u8]) -> Option<Result<u64, String>>;

fn connect(client: &Client) -> Vec<u8> {
    let mut connect = Connect::new(VERSION, &client.uid, DeviceFlag::App, client.token.as_str());
    connect.device_id = &client.device_id;
    connect.client_timestamp = Timestamp::now().as_millis();
    connect.client_key = CLIENT_KEY;
    let mut bytes = Vec::new();
    // None of the storm's values is too long for it.
    let _ = connect.encode(Flags::default(), &mut bytes);
    bytes
}

fn connack(received: &[u8]) -> Option<Result<u64, String>> {
    let frame = match RawFrame::split_first(received, Limits::default()) {
        Ok(Parsed::Complete { value, .. }) => value,
        Ok(Parsed::Incomplete { .. }) => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    if frame.frame_type != FrameType::Connack {
        return Some(Err(format!("{:?} instead of a CONNACK", frame.frame_type)));
    }
    let connack = Connack::decode(frame.flags, frame.body, VERSION);
    Some(match connack {
        Ok(connack) => Ok(u8::from(connack.reason).into()),
        Err(error) => Err(error.to_string()),
    })
}

fn request(client: &Client) -> Vec<u8> {
    let params = json!({
        "uid": client.uid, "token": client.token, "deviceId": client.device_id, "deviceFlag": 0,
        "clientTimestamp": Timestamp::now().as_millis(),
    });
    let request = json!({"jsonrpc": "2.0", "method": "connect", "id": "1", "params": params});
    request.to_string().into_bytes()
}

fn response(received: &[u8]) -> Option<Result<u64, String>> {
    let mut responses = serde_json::Deserializer::from_slice(received).into_iter::<Value>();
    let response = match responses.next()? {
        Ok(response) => response,
        Err(error) if error.is_eof() => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    if response["result"].is_object() {
        return Some(Ok(SUCCESS));
    }
    let code = response["error"]["code"].as_u64();
    Some(code.ok_or_else(|| format!("neither a result nor an error: {response}")))
}
