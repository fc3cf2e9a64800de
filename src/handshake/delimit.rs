//! Where a request to connect ends: one function for those who collect it in chunks and for those
//! who hold all of it.

use crate::handshake::other_protocol::{Opening, opening};
use crate::handshake::protocol::Protocol;
use crate::handshake::request_error::RequestError;
use crate::wire::frame::{FrameType, Limits, Parsed, frame_type, split_body};
#[cfg(feature = "jsonrpc")]
use crate::wire::{JsonRpcError, Scanner};

/// The upper half of a CONNECT's first byte.
const CONNECT: u8 = FrameType::Connect.wire();

/// A complete request, not decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct Delimited<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) body: &'a [u8],
}

/// Delimits a request of the binary protocol: a CONNECT is recognised by its first byte alone.
#[inline(always)]
pub(crate) fn connect(
    bytes: &[u8],
    limits: Limits,
) -> Result<Parsed<'_, Delimited<'_>>, RequestError> {
    let Some((&first, after_first)) = bytes.split_first() else {
        return Ok(Parsed::Incomplete { missing: None });
    };
    if first >> 4 != CONNECT {
        return match not_connect(first, bytes, limits) {
            Some(error) => Err(error),
            None => Ok(Parsed::Incomplete { missing: None }),
        };
    }
    Ok(match split_body(after_first, limits)? {
        Parsed::Complete { value: body, rest } => Parsed::Complete {
            value: Delimited {
                protocol: Protocol::Wkproto,
                body,
            },
            rest,
        },
        Parsed::Incomplete { missing } => Parsed::Incomplete { missing },
    })
}

/// Names the protocol that the connection begins with, or waits for the few bytes that tell it, but
/// for no more than the limits allow. What is beyond them is not looked at, so that the outcome does
/// not depend on how the bytes were cut. Returns no more than the error: a larger result would be
/// moved about on the way of every CONNECT.
#[cold]
fn not_connect(first: u8, bytes: &[u8], limits: Limits) -> Option<RequestError> {
    let (within, beyond) = bytes
        .split_at_checked(limits.max_body())
        .unwrap_or((bytes, &[]));
    match opening(within) {
        Opening::Known(protocol) => Some(RequestError::OtherProtocol(protocol)),
        Opening::Undecided if beyond.is_empty() => None,
        Opening::Undecided | Opening::Unknown => Some(match frame_type(first) {
            Ok(found) => RequestError::NotConnect { found },
            Err(error) => error.into(),
        }),
    }
}

/// How far the bytes received so far have been looked at.
#[cfg(feature = "jsonrpc")]
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Whitespace that the request begins with.
    whitespace: usize,
    scanner: Scanner,
}

/// Delimits a request of either protocol: JSON-RPC begins with `{` (or `[`, which is refused) after
/// any whitespace, everything else is binary. Continues at `progress` in the same, now longer,
/// bytes.
#[cfg(feature = "jsonrpc")]
#[inline]
pub(crate) fn either<'a>(
    bytes: &'a [u8],
    limits: Limits,
    progress: &mut Progress,
) -> Result<Parsed<'a, Delimited<'a>>, RequestError> {
    let Some(&first) = bytes.first() else {
        return Ok(Parsed::Incomplete { missing: None });
    };
    // Most clients: neither whitespace nor JSON begins with this byte.
    if first >> 4 == CONNECT {
        return connect(bytes, limits);
    }
    let max = limits.max_body();
    let unseen = bytes.get(progress.whitespace..).unwrap_or_default();
    let whitespace = unseen
        .iter()
        .take_while(|byte| b" \t\r\n".contains(byte))
        .count();
    progress.whitespace = progress.whitespace.saturating_add(whitespace);
    match unseen.get(whitespace) {
        // Checked first, so that the outcome does not depend on how the bytes were cut.
        _ if progress.whitespace > max => Err(JsonRpcError::TooLarge { max }.into()),
        Some(b'{') => {
            let end = progress.scanner.scan(bytes, max)?;
            let split = end.and_then(|end| bytes.split_at_checked(end));
            Ok(match split {
                Some((body, rest)) => Parsed::Complete {
                    value: Delimited {
                        protocol: Protocol::JsonRpc,
                        body,
                    },
                    rest,
                },
                None => Parsed::Incomplete { missing: None },
            })
        }
        Some(b'[') => Err(JsonRpcError::Batch.into()),
        None => Ok(Parsed::Incomplete { missing: None }),
        Some(_) => connect(bytes, limits),
    }
}
