//! Answers to the PINGs of both protocols, for the session after any of the handlers.

// recipe: keep-alive
use std::mem;

use serde_json::{Value, json};
use wukongim_auth::frame::{FrameError, FrameType, Limits, Parsed, RawFrame};
use wukongim_auth::session::Protocol;

/// Takes what a session's client sent from `received`, and returns what to send back. A server that
/// only speaks the binary protocol calls [`answer_frames`].
pub fn answer_pings(protocol: Protocol, received: &mut Vec<u8>) -> Result<Vec<u8>, FrameError> {
    match protocol {
        Protocol::Wkproto => answer_frames(received),
        _ => Ok(answer_json_rpc(&mem::take(received)).unwrap_or_default()),
    }
}

/// Leaves an incomplete frame in `received`: append what the client sends next, and call this again.
pub fn answer_frames(received: &mut Vec<u8>) -> Result<Vec<u8>, FrameError> {
    let (mut replies, mut unread) = (Vec::new(), &received[..]);
    // `UPSTREAM` allows frames of 1 MiB: the client is authenticated.
    while let Parsed::Complete { value, rest } = RawFrame::split_first(unread, Limits::UPSTREAM)? {
        match value.frame_type {
            FrameType::Ping => replies.push(0x80), // PONG
            _ => {}                                // … your own code: SEND, RECVACK, DISCONNECT
        }
        unread = rest;
    }
    received.drain(..received.len() - unread.len());
    Ok(replies)
}

/// A WebSocket message holds one request.
fn answer_json_rpc(message: &[u8]) -> Option<Vec<u8>> {
    let request: Value = serde_json::from_slice(message).ok()?;
    let (method, id) = (request.get("method")?, request.get("id")?);
    match method.as_str()? {
        // SDKs look for `result`, although it is null.
        "ping" => Some(
            json!({"jsonrpc": "2.0", "id": id, "result": null})
                .to_string()
                .into(),
        ),
        _ => None, // … your own code: send, recvack, disconnect
    }
}
// recipe ends
