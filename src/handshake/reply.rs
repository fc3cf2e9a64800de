//! The answers to a request to connect, as the client's protocol and version want them.

use bytes::BufMut;

use crate::wire::ReasonCode;
use crate::wire::frame::{Connack, EncodeError};
#[cfg(feature = "jsonrpc")]
use crate::wire::{Accepted, refusal, success};

/// Clients below this version do not know the server version, and would read every field behind
/// it shifted (PROTOCOL §3).
const SERVER_VERSION_SINCE: u8 = 4;

/// What a success tells the client.
#[derive(Clone, Copy, Default)]
pub(crate) struct Success<'a> {
    pub(crate) time_diff: i64,
    pub(crate) node_id: u64,
    pub(crate) server_key: &'a str,
    pub(crate) salt: &'a str,
}

/// Writes a CONNACK that lets the client in.
#[inline(always)]
pub(crate) fn welcome(
    session_version: u8,
    welcome: Success<'_>,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let Success {
        time_diff,
        node_id,
        server_key,
        salt,
    } = welcome;
    let server_version = server_version(session_version);
    let connack = Connack {
        server_version,
        time_diff,
        server_key,
        salt,
        node_id,
        ..Connack::new(ReasonCode::Success)
    };
    connack.encode(session_version, out)
}

/// Writes a CONNACK that turns the client away. Its node id is 0: a refused peer learns nothing,
/// not even which node it reached.
pub(crate) fn refuse(
    session_version: u8,
    reason: ReasonCode,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let server_version = server_version(session_version);
    let connack = Connack {
        server_version,
        ..Connack::new(reason)
    };
    connack.encode(session_version, out)
}

fn server_version(session_version: u8) -> Option<u8> {
    (session_version >= SERVER_VERSION_SINCE).then_some(session_version)
}

/// Writes the response that lets a JSON-RPC client in. There are no session keys.
#[cfg(feature = "jsonrpc")]
pub(crate) fn welcome_json(
    id: &str,
    session_version: u8,
    welcome: Success<'_>,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let accepted = Accepted {
        server_version: session_version,
        time_diff: welcome.time_diff,
        reason_code: ReasonCode::Success.wire(),
        node_id: welcome.node_id,
    };
    put(&success(id, accepted), out)
}

/// Writes the response that turns a JSON-RPC client away.
#[cfg(feature = "jsonrpc")]
pub(crate) fn refuse_json(
    id: &str,
    reason: ReasonCode,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    put(&refusal(id, reason), out)
}

#[cfg(feature = "jsonrpc")]
fn put(text: &str, out: &mut impl BufMut) -> Result<(), EncodeError> {
    let (needed, remaining) = (text.len(), out.remaining_mut());
    if needed > remaining {
        return Err(EncodeError::BufferFull { needed, remaining });
    }
    out.put_slice(text.as_bytes());
    Ok(())
}
