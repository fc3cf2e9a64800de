//! The replies to a connect request, in the form that the client's protocol and version require.

use bytes::BufMut;

use crate::wire::ReasonCode;
use crate::wire::frame::{Connack, EncodeError};
#[cfg(feature = "jsonrpc")]
use crate::wire::{self, Accepted};

/// The first version that knows the server version. Older clients would misread every field after
/// it (PROTOCOL §3).
const SERVER_VERSION_SINCE: u8 = 4;

/// The content of a success.
#[derive(Clone, Copy, Default)]
pub(crate) struct Success<'a> {
    pub(crate) time_diff: i64,
    pub(crate) node_id: u64,
    pub(crate) server_key: &'a str,
    pub(crate) salt: &'a str,
}

/// Writes a CONNACK that accepts the client.
#[inline(always)]
pub(crate) fn success(
    session_version: u8,
    success: Success<'_>,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let Success {
        time_diff,
        node_id,
        server_key,
        salt,
    } = success;
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

/// Writes a CONNACK that refuses the client. Its node id is 0: a refused client learns nothing, not
/// even which node it reached.
pub(crate) fn refusal(
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

/// Writes the response that accepts a JSON-RPC client. JSON-RPC has no session keys.
#[cfg(feature = "jsonrpc")]
pub(crate) fn json_success(
    id: &str,
    session_version: u8,
    success: Success<'_>,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    let accepted = Accepted {
        server_version: session_version,
        time_diff: success.time_diff,
        node_id: success.node_id,
    };
    put(&wire::json_success(id, accepted), out)
}

/// Writes the response that refuses a JSON-RPC client.
#[cfg(feature = "jsonrpc")]
pub(crate) fn json_refusal(
    id: &str,
    reason: ReasonCode,
    out: &mut impl BufMut,
) -> Result<(), EncodeError> {
    put(&wire::json_refusal(id, reason), out)
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
